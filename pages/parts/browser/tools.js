// The viewer's tools: its buttons, its sliders, and the words about the image in hand.

import { h } from "./make.js";

const KEYS = [
  [["←", "↑", "→", "↓"], "key_move"], [["+", "−"], "key_zoom"], [["0", "T"], "key_fit"],
  [["[", "]"], "key_level"], [[",", "."], "key_width"], [["G", "D"], "key_invert"],
];
const PAGES = [["PgUp", "PgDn"], "key_pages"];

export class Tools {
  constructor(viewer) {
    this.viewer = viewer;
    this.say = viewer.say;
    const { say } = this;
    const seen = (work, repaint) => () => viewer.change(work, repaint);
    this.invert = this.button("invert", "invert_help", "G",
      seen((sight) => { sight.inverted = !sight.inverted; }, true));
    this.contrast = this.button("contrast", "contrast_help", "", () => this.open());
    this.view = [
      this.sign("−", "zoom_out", "−", seen((sight) => sight.zoom(-1))),
      this.sign("+", "zoom_in", "+", seen((sight) => sight.zoom(1))),
      this.button("fit", "fit_help", "0", seen((sight) => sight.fit())),
      this.button("actual", "actual_help", "T", seen((sight) => sight.actual())),
      this.invert, this.contrast,
      this.button("reset", "reset_help", "D", seen((sight) => sight.reset(), true)),
    ];
    this.element = h("div", { class: "tools", role: "group", "aria-label": say("tools") },
      this.pages(), this.view, this.fullScreen());
    this.below = h("div", { class: "below" }, this.sliders(), this.keys());
    this.panel.hidden = true;
    this.contrast.setAttribute("aria-expanded", "false");
  }

  button(name, help, key, work) {
    const title = this.say(help) + (key && ` (${key})`);
    const made = h("button", { type: "button", title }, this.say(name));
    made.addEventListener("click", work);
    return made;
  }

  sign(sign, name, key, work) {
    const made = this.button(name, name, key, work);
    made.textContent = sign;
    made.setAttribute("aria-label", this.say(name));
    return made;
  }

  // ---- several images

  pages() {
    if (this.viewer.images.length < 2) return null;
    this.before = this.sign("‹", "previous", "PgUp", () => this.viewer.turn(-1));
    this.after = this.sign("›", "next", "PgDn", () => this.viewer.turn(1));
    this.counted = h("span", { class: "counted", role: "status" });
    this.side = this.button("beside", "beside_help", "", () => {
      this.viewer.beside = !this.viewer.beside;
      this.viewer.arrange();
    });
    return [this.before, this.counted, this.after, this.side];
  }

  fullScreen() {
    if (!document.fullscreenEnabled) return null;
    const { viewer } = this;
    return this.button("full", "full", "", () => (document.fullscreenElement
      ? document.exitFullscreen()
      : viewer.element.requestFullscreen()));
  }

  // ---- the window

  sliders() {
    this.level = h("input", { type: "range", step: "any" });
    this.width = h("input", { type: "range", step: "any" });
    const moved = () => this.viewer.change(
      (sight) => sight.setWindow(Number(this.level.value), Number(this.width.value)), true);
    for (const one of [this.level, this.width]) one.addEventListener("input", moved);
    this.drag = this.button("drag", "drag_help", "", () => {
      this.viewer.contrastByDrag = !this.viewer.contrastByDrag;
      this.update();
    });
    this.panel = h("div", { class: "window" },
      h("label", {}, this.say("level"), this.level),
      h("label", {}, this.say("width"), this.width), this.drag);
    return this.panel;
  }

  open() {
    this.panel.hidden = !this.panel.hidden;
    this.contrast.setAttribute("aria-expanded", String(!this.panel.hidden));
  }

  keys() {
    const rows = this.viewer.images.length > 1 ? [...KEYS, PAGES] : KEYS;
    return h("details", { class: "viewer-keys" }, h("summary", {}, this.say("keys")),
      h("dl", {}, rows.flatMap(([names, what]) => [
        h("dt", {}, names.flatMap((name) => [h("kbd", {}, name), " "])),
        h("dd", {}, this.say(what))])));
  }

  // ---- what is said

  // Puts the tools as the image in hand is.
  update() {
    const { viewer } = this;
    const sight = viewer.active?.sight;
    for (const one of this.view) one.disabled = !sight;
    if (this.counted) this.turned();
    this.invert.setAttribute("aria-pressed", String(Boolean(sight?.inverted)));
    this.drag.setAttribute("aria-pressed", String(viewer.contrastByDrag));
    if (!sight) return;
    // Around what was seen at first: of 65,536 values a picture may use two thousand.
    const { span, level, width } = sight;
    const { low, high, window: [dark, bright] } = viewer.active.image;
    this.range(this.level, Math.min(level, Math.max(low, dark - span)),
      Math.max(level, Math.min(high, bright + span)), level);
    this.range(this.width, span / 200, Math.max(2 * span, width), width);
  }

  range(slider, least, most, value) {
    slider.min = String(least);
    slider.max = String(most);
    slider.value = String(value);
    slider.setAttribute("aria-valuetext", String(round(value)));
  }

  turned() {
    const { viewer } = this;
    const [first, last] = [viewer.panes[0].place, viewer.panes.at(-1).place];
    const place = first === last ? String(first) : `${first}–${last}`;
    this.counted.textContent = this.say("counted", { place, count: viewer.images.length });
    this.before.disabled = first === 1;
    this.after.disabled = last === viewer.images.length;
    this.side.hidden = viewer.roomFor < 2;
    this.side.setAttribute("aria-pressed", String(viewer.beside));
  }

  // Says under an image how it is shown, and what of it is not as in its file.
  tell(pane) {
    const { sight, image } = pane;
    if (!sight) return;
    const notes = image.notes.map(({ name, values }) => this.say(name, values));
    const state = [this.say("zoom", { percent: sight.percent }), this.windowed(sight)];
    if (sight.inverted) state.push(this.say("inverted"));
    pane.caption.replaceChildren(
      h("span", { class: "about" }, pane.alt), " · ", state.filter(Boolean).join(" · "),
      ...notes.map((note) => h("span", { class: "note" }, note)));
    if (pane === this.viewer.active) this.update();
  }

  // The window, where it is not the whole range of an ordinary picture.
  windowed(sight) {
    const { image } = sight;
    if (image.bits === 8 && !image.asked && !sight.changed) return "";
    const why = sight.changed ? "window_changed" : image.asked ? "window_asked" : "window_spread";
    // A file names its window by numbers that people know it by.
    const named = image.asked && !sight.changed ? image.asked : [sight.level, sight.width];
    const [low, high, level, width] = [...sight.window, ...named].map(round);
    const shown = `${this.say("window", { low, high })} (${this.say("window_level", { level, width })})`;
    return `${shown}, ${this.say(why)}`;
  }
}

function round(value) {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
