// One image in its frame: drawn through its window, moved by pointer and wheel.

import { greys, load, shade } from "./picture.js";
import { Sight } from "./sight.js";
import { h } from "./make.js";

export class Pane {
  // `told` is called after each change, `failing` when the image does not arrive or does after
  // all, `chosen` when the frame gets the focus.
  constructor(image, place, count, say, { told, failing, chosen, dragsContrast }) {
    Object.assign(this, { image, place, say, told, failing, dragsContrast });
    const alt = say(count > 1 ? "alt" : "alone", { place, count });
    this.alt = image.about ? `${alt}: ${image.about}` : alt;
    this.caption = h("figcaption", {});
    this.element = h("figure", { class: "pane", "data-place": place }, this.caption);
    if (image.why || !image.url) {
      const why = say(image.why || "not_there");
      this.lost(h("p", { class: "lost" }, say("unseen", { name: image.name, why })));
      return;
    }
    this.sight = new Sight(image);
    this.canvas = h("canvas", { role: "img", "aria-label": this.alt });
    this.stage = h("div", {
      class: "stage", tabindex: "0", role: "group", "aria-label": say("stage", { place }),
      title: say("stage_help"),
    }, this.canvas, h("p", { class: "waiting" }, say("loading")));
    this.stage.style.aspectRatio = `${image.width} / ${image.height}`;
    this.element.prepend(this.stage);
    this.stage.addEventListener("focus", () => chosen(this));
    this.watch();
    if (image.failed) this.offerAgain();
    else this.load();
    told(this);
  }

  lost(words) {
    this.element.classList.add("is-lost");
    this.element.prepend(words);
  }

  end() {
    this.sizes?.disconnect();
    this.values = null;
    this.painted = null;
  }

  async load() {
    try {
      this.values = await load(this.image);
      this.stage.querySelector(".waiting")?.remove();
      this.repaint();
    } catch {
      this.failed();
    }
  }

  // What did not arrive has not been seen: whoever judges is told so.
  failed() {
    this.image.failed = true;
    this.offerAgain();
    this.failing();
  }

  offerAgain() {
    const again = h("button", { type: "button" }, this.say("again"));
    again.addEventListener("click", async () => {
      this.waiting(this.say("loading"));
      this.image.failed = false;
      await this.load();
      if (!this.image.failed) this.failing();
    });
    this.waiting(this.say("not_loaded"), " ", again).setAttribute("role", "alert");
  }

  // Puts words in the place of the image.
  waiting(...said) {
    const note = h("p", { class: "waiting" }, said);
    this.stage.querySelector(".waiting")?.remove();
    this.stage.append(note);
    return note;
  }

  // ---- drawing

  // Draws the numbers through the window anew, once for each picture of the screen.
  repaint() {
    this.stale = true;
    this.redraw();
  }

  redraw() {
    this.told(this);
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      if (this.values) this.draw();
    });
  }

  draw() {
    if (this.stale) this.paint();
    const { left, top, scale, frame } = this.sight;
    const { canvas } = this;
    canvas.width = Math.round(frame.width * frame.density);
    canvas.height = Math.round(frame.height * frame.density);
    const pen = canvas.getContext("2d");
    // Enlarged, each point is seen as it is.
    pen.imageSmoothingEnabled = scale * frame.density < 1;
    pen.imageSmoothingQuality = "high";
    pen.setTransform(frame.density, 0, 0, frame.density, 0, 0);
    const { width, height } = this.image;
    pen.drawImage(this.painted, left, top, width * scale, height * scale);
    this.stage.classList.toggle("movable", this.sight.movable);
  }

  paint() {
    const { width, height, channels } = this.image;
    this.painted ??= h("canvas", { width, height });
    const pen = this.painted.getContext("2d");
    this.pixels ??= pen.createImageData(width, height);
    const table = greys(this.image, this.sight.window, this.sight.inverted);
    shade(this.values, channels, table, this.pixels.data);
    pen.putImageData(this.pixels, 0, 0);
    this.stale = false;
  }

  // ---- pointer and wheel

  watch() {
    const { stage } = this;
    this.sizes = new ResizeObserver(([{ contentRect: box }]) => {
      this.sight.resize(box.width, box.height, window.devicePixelRatio || 1);
      this.redraw();
    });
    this.sizes.observe(stage);
    this.pointers = new Map();
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      stage.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", () => {
      if (this.sight.fitted) this.sight.actual();
      else this.sight.fit();
      this.redraw();
    });
  }

  press(event) {
    if (event.target.closest("button")) return;
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other) return this.pinch(before, now, other);
    const right = now.x - before.x, down = now.y - before.y;
    if (this.dragsContrast() || (event.buttons & 2)) {
      this.sight.drag(right, -down);
      return this.repaint();
    }
    this.sight.move(right, down);
    return this.redraw();
  }

  pinch(before, now, other) {
    const box = this.stage.getBoundingClientRect();
    const apart = (one) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    const at = { x: (now.x + other.x) / 2 - box.left, y: (now.y + other.y) / 2 - box.top };
    this.sight.zoomTo((this.sight.scale * apart(now)) / apart(before), at);
    this.redraw();
  }

  // The wheel belongs to the page until somebody has clicked the image.
  wheel(event) {
    if (this.stage.getRootNode().activeElement !== this.stage && !event.ctrlKey) return;
    event.preventDefault();
    const box = this.stage.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.sight.zoom(-event.deltaY / (event.deltaMode ? 3 : 100), at);
    this.redraw();
  }
}
