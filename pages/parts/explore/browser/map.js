// What lies on a map, drawn over Streamlit's chart, which keeps axes, tools and outline. Only
// what changed is drawn anew; the row of a dot that is clicked goes to the server, and four
// numbers when another part of the map is looked at.

import { unpack } from "./packed.js";
import { Paper } from "./paper.js";
import { layoutOf, nearest, View } from "./view.js";
import { sentenceOf, Words } from "./words.js";

const LOOK_AGAIN = 100;
const PATIENCE = 250;
const REACH = 12;
const STILL = 4;
const MAPS = new WeakMap();

export default function draw(component) {
  const root = component.parentElement;
  const map = MAPS.get(root) ?? new Overlay(root);
  MAPS.set(root, map);
  map.take(component);
  return () => {
    map.end();
    MAPS.delete(root);
  };
}

class Overlay {
  constructor(root) {
    this.root = root;
    this.chart = null;
    this.picture = null;
    this.names = null;
    this.paper = new Paper();
    this.words = new Words();
    this.told = "null";
    this.answers = {
      pointermove: (event) => this.point(event),
      pointerleave: () => this.words.hide(),
      pointerdown: (event) => this.press(event),
      click: (event) => this.click(event),
    };
    this.drawn = () => this.draw();
    // The chart is made after this, and anew when its axes change.
    this.clock = setInterval(() => this.picture && this.bind(), LOOK_AGAIN);
  }

  take(component) {
    const picture = unpack(component.data);
    this.send = component.setTriggerValue;
    this.ink = inkOf(this.root);
    if (this.picture?.names !== picture.names) this.names = null;
    this.picture = picture;
    this.told = JSON.stringify(picture.looked);
    this.bind();
    this.draw();
  }

  bind() {
    const chart = document.querySelector(`.st-key-${CSS.escape(this.picture.box)} .js-plotly-plot`);
    if (!chart || !chart.on || chart.diqMap === this) return;
    this.free();
    this.chart = chart;
    chart.diqMap = this;
    chart.on("plotly_afterplot", this.drawn);
    chart.on("plotly_relayouting", this.drawn);
    for (const [name, answer] of Object.entries(this.answers)) chart.addEventListener(name, answer);
    this.draw();
  }

  draw() {
    const layout = layoutOf(this.chart);
    // Between two sets of axes, what is drawn waits for its own.
    if (layout?.meta?.frame !== this.picture.frame) return;
    const view = new View(layout);
    this.lay();
    this.paper.draw(this.picture, view, layout, this.ink);
    this.words.draw(this.picture, view, this.ink);
    this.chart.dataset.drawn = this.picture.token;
    this.look(view);
  }

  // The canvas lies between the chart's lower and upper drawing; a new chart has neither sheet.
  lay() {
    const below = this.chart.querySelector(".gl-container");
    if (this.paper.canvas.parentElement !== below) below.append(this.paper.canvas);
    const whole = this.chart.querySelector(".svg-container");
    if (this.words.sheet.parentElement === whole) return;
    whole.append(this.words.sheet, this.words.tip);
  }

  look(view) {
    if (!this.picture.answers || !this.picture.shape) return;
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      const part = view.part(this.picture.spans);
      const said = JSON.stringify(part);
      if (said === this.told) return;
      this.told = said;
      this.send("looked", part ?? []);
    }, PATIENCE);
  }

  // The place of the dot under the pointer, and where on the chart the pointer is.
  under(event) {
    const layout = layoutOf(this.chart);
    if (!layout) return { at: -1 };
    const box = this.chart.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const view = new View(layout);
    const at = view.holds(x, y) ? nearest(this.picture, view, x, y, REACH) : -1;
    return { at, x, y, width: layout.width };
  }

  point(event) {
    if (event.buttons) return this.words.hide();
    this.read();
    const { at, x, y, width } = this.under(event);
    if (at < 0) return this.words.hide();
    this.words.show(x, y, this.names?.[at], sentenceOf(this.picture, at), width);
  }

  // What the dots are called comes when a pointer first lies over the map.
  async read() {
    const { names } = this.picture;
    if (this.names || !names || this.reading === names) return;
    this.reading = names;
    try {
      const answer = await fetch(fromHere(names));
      const found = answer.ok ? await answer.json() : null;
      if (this.picture.names === names) this.names = found;
    } catch {
      // Without the server nothing more is known of them; the page says that it is gone.
    }
  }

  press(event) {
    this.pressed = [event.clientX, event.clientY];
  }

  click(event) {
    if (!this.picture.answers || !this.pressed) return;
    const [x, y] = this.pressed;
    const isDrag = Math.hypot(event.clientX - x, event.clientY - y) > STILL;
    const { at } = this.under(event);
    if (!isDrag && at >= 0) this.send("clicked", this.picture.rows[at]);
  }

  free() {
    if (!this.chart) return;
    for (const [name, answer] of Object.entries(this.answers)) {
      this.chart.removeEventListener(name, answer);
    }
    if (this.chart.diqMap === this) {
      this.chart.removeListener?.("plotly_afterplot", this.drawn);
      this.chart.removeListener?.("plotly_relayouting", this.drawn);
      delete this.chart.diqMap;
      delete this.chart.dataset.drawn;
    }
    this.chart = null;
  }

  end() {
    clearInterval(this.clock);
    clearTimeout(this.looking);
    this.free();
    this.paper.canvas.remove();
    this.words.sheet.remove();
    this.words.tip.remove();
  }
}

function inkOf(root) {
  const style = getComputedStyle(root.host ?? root);
  return {
    text: style.getPropertyValue("--st-text-color") || "#13232B",
    ground: style.getPropertyValue("--st-background-color") || "#FFFFFF",
    font: style.getPropertyValue("--st-font") || "sans-serif",
  };
}

// The app may lie below a path of its host: the address of this very file says which.
function fromHere(path) {
  const [base] = import.meta.url.split("/_stcore/");
  return `${base}${path}`;
}
