// The desk: made once, then given what the server says.

const DESKS = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  let desk = DESKS.get(root);
  if (!desk) {
    desk = new Desk(root);
    DESKS.set(root, desk);
  }
  desk.outbox.send = (value) => component.setStateValue("out", value);
  desk.receive(component.data);
}

class Desk extends Decisions {
  constructor(root) {
    super();
    this.root = root;
    this.place = root.querySelector(".desk");
    this.seen = new Map();
    this.drafts = {};
    this.problems = [];
    this.current = null;
    this.wanted = null;
    this.data = null;
    this.outbox = { send: null };
    this.onKey = (event) => this.key(event);
    window.addEventListener("keydown", this.onKey, true);
    this.clock = setInterval(() => this.beat(), 500);
    this.onLeave = (event) => { if (this.outbox.requests.length) event.preventDefault(); };
    window.addEventListener("beforeunload", this.onLeave);
    this.place.addEventListener("focusin", (event) => { this.lastFocus = event.target; });
    this.observer = new MutationObserver(() => this.quiet());
    this.observer.observe(document.body, { childList: true });
    this.find(".submit").addEventListener("click", () => this.submit());
    this.find(".later").addEventListener("click", () => this.later());
    this.find(".undo").addEventListener("click", () => this.undo());
  }

  get alive() {
    if (this.place.isConnected) return true;
    clearInterval(this.clock);
    this.observer.disconnect();
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("beforeunload", this.onLeave);
    return false;
  }
}
