// The desk of a reviewer: made once for its place on the page, then given what the server says.
// This is the module that streamlit loads; it imports all the others. The image viewer's modules
// lie beside the desk's, as the server serves them.

import { prefetch, speaking, Viewer } from "../diq.viewer/viewer.js";
import { Connection } from "./connection.js";
import { Decisions } from "./decisions.js";
import { Keys } from "./keys.js";

// Milliseconds between two looks at the connection and the clock.
const BEAT = 500;
const DESKS = new WeakMap();

export default function mount(component) {
  const root = component.parentElement;
  let desk = DESKS.get(root);
  if (!desk) {
    desk = new Desk(root);
    DESKS.set(root, desk);
  }
  desk.send = (value) => component.setStateValue("out", value);
  desk.receive(component.data);
}

class Desk extends Decisions {
  constructor(root) {
    super();
    this.root = root;
    this.place = root.querySelector(".desk");
    this.connection = new Connection(this);
    this.keys = new Keys(this);
    this.seen = new Map();
    this.problems = [];
    this.current = null;
    this.wanted = null;
    this.data = null;
    this.listen();
  }

  // What is shown next is asked for before it is needed.
  receive(data) {
    super.receive(data);
    for (const card of data.cards) {
      for (const text of card.sides || [card.text]) (text.images || []).forEach(prefetch);
    }
  }

  viewer(images, told) {
    const say = speaking(this.data.viewer_words, this.data.language);
    return new Viewer(images, say, told).element;
  }

  listen() {
    this.onKey = (event) => this.keys.press(event);
    window.addEventListener("keydown", this.onKey, true);
    this.clock = setInterval(() => this.beat(), BEAT);
    this.onLeave = (event) => { if (this.outbox.requests.length) event.preventDefault(); };
    window.addEventListener("beforeunload", this.onLeave);
    this.place.addEventListener("focusin", (event) => { this.lastFocus = event.target; });
    this.observer = new MutationObserver(() => this.connection.quiet());
    this.observer.observe(document.body, { childList: true });
    this.find(".submit").addEventListener("click", () => this.submit());
    this.find(".later").addEventListener("click", () => this.later());
    this.find(".undo").addEventListener("click", () => this.undo());
  }

  beat() {
    if (!this.alive) return;
    this.connection.quiet();
    this.outbox.beat();
    this.connection.startAnew();
    if (this.current && !document.hidden) this.seconds += BEAT / 1000;
    this.drawState();
  }

  // False once streamlit has taken the desk off the page; then it lets go of the window.
  get alive() {
    if (this.place.isConnected) return true;
    clearInterval(this.clock);
    this.observer.disconnect();
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("beforeunload", this.onLeave);
    return false;
  }
}
