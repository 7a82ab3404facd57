// The image viewer: one or several images with their tools. Streamlit loads this module for a
// viewer of its own; the desk of the reviewers makes one inside of itself.

import { keys } from "./viewer_keys.js";
import { Pane } from "./pane.js";
import { h } from "./make.js";
import { prefetch } from "./picture.js";
import { Tools } from "./tools.js";

// Points of the screen that an image needs beside another one.
const ROOM = 300;
const MOST_BESIDE = 3;
const SHOWN = new WeakMap();

export default function mount(component) {
  const { parentElement: root, data } = component;
  const given = JSON.stringify(data);
  const before = SHOWN.get(root);
  if (before?.given === given && before.viewer.element.isConnected) return;
  const viewer = new Viewer(data.images, speaking(data.words, "en"));
  before?.viewer.end();
  before?.viewer.element.remove();
  root.append(viewer.element);
  SHOWN.set(root, { given, viewer });
}

export { prefetch };

// Returns how a table of words is spoken; a number takes the form that its language has for it.
export function speaking(table, language) {
  const plural = new Intl.PluralRules(language);
  const figure = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
  return (name, values = {}) => {
    const text = table[name] ?? table[`${name}.${plural.select(values.count)}`]
      ?? table[`${name}.other`];
    return text.replace(/\{(\w+)\}/g, (_, key) =>
      typeof values[key] === "number" ? figure.format(values[key]) : String(values[key]));
  };
}

export class Viewer {
  // `failing` is called when an image did not arrive, and when it did after all.
  constructor(images, say, failing = () => {}) {
    Object.assign(this, { images, say, failing });
    this.first = 0;
    this.beside = true;
    this.contrastByDrag = false;
    this.panes = [];
    const count = images.length;
    this.box = h("div", { class: "panes" });
    this.tools = new Tools(this);
    const style = h("link", { rel: "stylesheet", href: new URL("viewer.css", import.meta.url) });
    this.element = h("section", {
      class: "viewer", role: "group", "aria-label": say("group", { count }),
    }, style, this.tools.element, this.box, this.tools.below);
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.widths = new ResizeObserver(() => this.arrange());
    this.widths.observe(this.element);
    this.arrange();
  }

  end() {
    this.widths.disconnect();
    for (const pane of this.panes) pane.end();
  }

  // ---- which images are shown

  get roomFor() {
    const room = Math.floor(this.element.clientWidth / ROOM) || 1;
    return Math.min(room, MOST_BESIDE, this.images.length);
  }

  arrange() {
    const wide = this.beside ? this.roomFor : 1;
    const first = Math.min(this.first, this.images.length - wide);
    const wanted = Array.from({ length: wide }, (_, place) => first + place);
    const shown = this.panes.map((pane) => pane.place - 1);
    if (String(wanted) !== String(shown)) this.put(wanted);
    this.tools.update();
  }

  put(places) {
    const kept = new Map(this.panes.map((pane) => [pane.place - 1, pane]));
    this.panes = places.map((place) => kept.get(place) || this.pane(place));
    for (const pane of kept.values()) if (!this.panes.includes(pane)) pane.end();
    this.box.replaceChildren(...this.panes.map((pane) => pane.element));
    this.box.style.setProperty("--columns", String(places.length));
    this.choose(this.panes.find((pane) => pane === this.active) || this.panes[0]);
  }

  pane(place) {
    return new Pane(this.images[place], place + 1, this.images.length, this.say, {
      told: (pane) => this.tools.tell(pane),
      failing: () => this.failing(),
      chosen: (pane) => this.choose(pane),
      dragsContrast: () => this.contrastByDrag,
    });
  }

  choose(pane) {
    this.active = pane;
    for (const one of this.panes) one.element.classList.toggle("active", one === pane);
    this.tools.update();
  }

  turn(by) {
    const wide = this.panes.length;
    const next = Math.min(this.images.length - wide, Math.max(0, this.panes[0].place - 1 + by));
    const had = this.box.contains(this.element.getRootNode().activeElement);
    this.first = next;
    this.active = null;
    this.arrange();
    if (had) this.active.stage?.focus({ preventScroll: true });
  }

  // ---- what the tools and the keys do to the image in hand

  // Changes what is seen of it; `repaint` where the window has changed.
  change(work, repaint = false) {
    const { active } = this;
    if (!active?.sight) return;
    work(active.sight);
    if (repaint) active.repaint();
    else active.redraw();
    this.tools.update();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const work = keys(this, event);
    if (!work) return;
    event.preventDefault();
    event.stopPropagation();
    work();
  }
}
