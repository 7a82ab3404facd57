// The desk: which sample is on it, and what becomes of what the reviewer does with it.

const DESKS = new WeakMap();
const SEEN_LIMIT = 60;
const DRAFT_PAUSE = 1500;
const PATIENCE = 10000;

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

class Desk extends Keys {
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

  beat() {
    if (!this.alive) return;
    this.quiet();
    this.outbox.beat();
    this.startAnew();
    if (this.current && !document.hidden) this.seconds += 0.5;
    this.drawState();
  }

  get connected() {
    const app = document.querySelector(".stApp");
    return !app || app.dataset.testConnectionState === "CONNECTED";
  }

  // Without a connection streamlit lays a window over the page. The desk says so itself, and
  // one can go on, so that window is closed again.
  quiet() {
    const close = !this.connected && document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]');
    if (!close || !this.alive) return;
    const before = this.lastFocus;
    close.click();
    setTimeout(() => {
      if (before && before.isConnected && !this.root.activeElement) before.focus({ preventScroll: true });
    }, 60);
  }

  // After a server was killed streamlit may go on asking the new one for a part of the page
  // that only the old one knew, and never be answered. Nothing is lost by loading the page anew:
  // what is not acknowledged lies in the browser's storage.
  startAnew() {
    const now = Date.now();
    if (!this.connected || !this.outbox.requests.length || !this.outbox.stored) this.heard = now;
    if (now - this.heard < PATIENCE) return;
    const last = Number(sessionStorage.getItem("diq-review-anew") || 0);
    if (now - last < 3 * PATIENCE) return;
    sessionStorage.setItem("diq-review-anew", String(now));
    window.removeEventListener("beforeunload", this.onLeave);
    window.location.reload();
  }

  // ---- what comes from the server

  receive(data) {
    this.heard = Date.now();
    if (!this.data || this.data.scope !== data.scope) {
      const send = this.outbox.send;
      this.outbox = new Outbox(data.scope, () => this.drawState());
      this.outbox.send = send;
      this.current = null;
      this.seen.clear();
      this.problems = [];
      this.data = data;
      if (this.outbox.requests.length) this.outbox.since = Date.now();
      setTimeout(() => this.outbox.flush(), 0);
    }
    this.data = data;
    // The cards know of all that is acknowledged with them, so that comes first.
    const settled = this.outbox.settle(data.acknowledged);
    for (const card of data.cards) this.remember(card);
    for (const [request, answer] of settled) this.settled(request, answer);
    this.settleDraft(data.acknowledged);
    if (!this.current || this.wanted) this.next();
    this.drawState();
  }

  remember(card) {
    if (this.pending(card.sample)) {
      // What is on its way changes the version; the server does not know of it yet.
      if (this.seen.has(card.sample)) return;
      card.version += this.outbox.requests.filter((one) => one.sample === card.sample && one.kind !== "edit").length;
    }
    this.seen.delete(card.sample);
    if (this.current && this.current.sample === card.sample) {
      // The panel on the desk holds the card it was painted with.
      card = Object.assign(this.current, { version: card.version, edits: card.edits, draft: card.draft });
    }
    this.seen.set(card.sample, card);
    if (this.seen.size > SEEN_LIMIT) this.seen.delete(this.seen.keys().next().value);
  }

  settled(request, answer) {
    if (answer.ok) {
      if (request.kind === "verdict" || request.kind === "preference") this.outbox.keepDraft(request.sample, null);
      return;
    }
    if (request.kind === "skip") return;
    if (request.kind !== "undo" && request.draft) this.outbox.keepDraft(request.sample, request.draft);
    const card = this.seen.get(request.sample);
    if (card && answer.version !== undefined && request.kind !== "edit") card.version = answer.version;
    this.problems.push({ sample: request.sample, kind: request.kind, answer });
    this.drawProblems();
  }

  settleDraft(acknowledged) {
    const sent = this.sentDraft;
    if (!sent || !acknowledged[sent.key]) return;
    const answer = acknowledged[sent.key];
    this.sentDraft = null;
    const card = this.seen.get(sent.sample);
    if (!card) return;
    if (answer.ok) card.draft.version = answer.version;
    else card.draft.elsewhere = true;
  }

  // ---- which sample is next

  pending(sample) {
    return this.outbox.requests.some((request) => request.sample === sample && request.kind !== "edit");
  }

  judged(sample) {
    const last = this.outbox.requests.filter((one) => one.sample === sample && one.kind !== "edit").pop();
    return Boolean(last) && last.kind !== "undo";
  }

  next() {
    if (this.wanted) {
      const card = this.seen.get(this.wanted);
      if (card) {
        this.wanted = null;
        this.paint(card);
        return;
      }
      if (this.current) return;
    }
    const card = this.data.cards.find((one) => !this.judged(one.sample));
    if (card) this.paint(this.seen.get(card.sample) || card);
    else this.drawEmpty();
  }

  paint(card) {
    this.current = card;
    this.seconds = 0;
    this.step = 0;
    const local = this.outbox.draft(card.sample);
    const kept = local || (card.draft && card.draft.values) || card.answer;
    this.values = { ...emptyValues(), ...JSON.parse(JSON.stringify(kept || {})) };
    this.panel = new Panel(this.data.form, card, this.values, () => this.typed());
    const sample = card.kind === "preference"
      ? h("div", { class: "pair" }, card.sides.map((side, place) => h("div", { class: "side" },
        h("h2", {}, place ? "Right" : "Left"), drawSample(side, null))))
      : drawSample(card.text, (step) => this.panel.markers(step));
    this.sampleBox.replaceChildren(
      card.looks ? h("p", { class: "note" }, "A second look: you were unsure about this one.") : "", sample);
    this.panelBox.replaceChildren(this.panel.element);
    this.place.classList.remove("idle");
    this.place.classList.toggle("is-pair", card.kind === "preference");
    this.place.dataset.sample = card.sample;
    this.showMarks();
    this.drawState();
    this.fit();
    // The top of the sample comes into view, however far the last one was scrolled.
    if (this.head.getBoundingClientRect().top < 0) this.head.scrollIntoView({ block: "start" });
    this.sampleBox.scrollTop = 0;
    if (this.started) this.panel.element.querySelector("input").focus({ preventScroll: true });
    this.started = true;
  }

  // Sample and form share what the window has left below the head of the page.
  fit() {
    const main = document.querySelector('[data-testid="stMain"]');
    const top = this.find(".columns").getBoundingClientRect().top + (main ? main.scrollTop : 0);
    this.place.style.setProperty("--above", `${Math.round(Math.min(top, window.innerHeight / 2.5))}px`);
  }

  drawEmpty() {
    this.current = null;
    this.panel = null;
    delete this.place.dataset.sample;
    this.place.classList.add("idle");
    const open = this.outbox.requests.length;
    const more = this.data.left > 0 && open;
    this.sampleBox.replaceChildren(h("div", { class: "done", role: "status" },
      h("h2", {}, more || open ? "One moment" : "Nothing is left for you here"),
      h("p", {}, more || open
        ? `${count(open, "verdict")} of yours are kept in this browser and on their way. Leave this page open.`
        : "You have judged every sample of this queue that is meant for you. Thank you.")));
    this.panelBox.replaceChildren();
    this.drawState();
  }

  // ---- what the reviewer does

  typed() {
    this.outbox.keepDraft(this.current.sample, this.values);
    this.showMarks();
    clearTimeout(this.draftClock);
    this.draftClock = setTimeout(() => this.sendDraft(), DRAFT_PAUSE);
  }

  sendDraft() {
    const card = this.current;
    // While something is on its way the draft rests in the browser.
    if (!card || !this.alive || this.outbox.requests.length || card.draft.elsewhere) return;
    if (!this.outbox.draft(card.sample) || this.sentDraft) return;
    this.sentDraft = {
      key: newKey(), kind: "draft", sample: card.sample, version: card.draft.version, values: this.values,
    };
    this.outbox.flush(this.sentDraft);
  }

  submit() {
    if (!this.panel) return;
    const complaint = this.panel.missing();
    if (complaint) {
      this.panel.complaint.textContent = complaint;
      return;
    }
    clearTimeout(this.draftClock);
    const { sample, kind } = this.current;
    const { edits, preference, ...values } = this.values;
    const version = this.current.version;
    const answer = kind === "preference" ? { preference, comment: values.comment } : values;
    const draft = JSON.parse(JSON.stringify(this.values));
    const request = {
      key: newKey(), kind, sample, version, values: JSON.parse(JSON.stringify(answer)), draft,
      seconds: Math.round(this.seconds * 10) / 10,
    };
    this.current.version += 1;
    this.current.answer = draft;
    this.outbox.keepDraft(sample, null);
    this.outbox.add(...(kind === "verdict" ? this.editRequests() : []), request);
    this.said.textContent = "Saved. Next sample.";
    this.current = null;
    this.next();
  }

  editRequests() {
    const { card, values } = this.panel;
    if (values.verdict !== EDIT_VERDICT) return [];
    return Object.keys(values.edits).map((field) => {
      const before = card.edits[field] || { version: 0, text: null, target: null };
      const text = values.edits[field];
      const same = text === this.panel.editor.original(field);
      if (text === this.panel.editor.saved(field) || (same && before.text === null)) return null;
      const request = same
        ? { key: newKey(), kind: "undo", what: "edit", field, sample: card.sample, target: before.target }
        : { key: newKey(), kind: "edit", field, sample: card.sample, text, version: before.version };
      card.edits[field] = { version: before.version + 1, text: same ? null : text, target: null };
      return request;
    }).filter(Boolean);
  }

  later() {
    if (!this.current) return;
    const { sample } = this.current;
    this.outbox.add({ key: newKey(), kind: "skip", sample });
    this.said.textContent = "Put aside: it comes back at the end.";
    this.current = null;
    this.next();
  }

  // What was judged last: first what is still on its way, then what the server remembers.
  past() {
    const waiting = this.outbox.requests.filter((one) => one.key && ["verdict", "preference", "undo"].includes(one.kind) && one.what !== "edit");
    const lost = new Set(waiting.filter((one) => one.kind === "undo").map((one) => one.of || one.target));
    const mine = waiting.filter((one) => one.kind !== "undo" && !lost.has(one.key)).reverse().map((one) => ({
      sample: one.sample, kind: one.kind, of: one.key, answer: one.draft,
      choice: one.values.verdict || one.values.preference,
    }));
    const again = new Set(mine.map((one) => one.sample));
    return [...mine, ...this.data.history.filter((one) => !lost.has(one.target) && !again.has(one.sample))];
  }

  undo(entry) {
    const one = entry || this.past()[0];
    if (!one) return;
    if (this.current && this.outbox.draft(this.current.sample)) {
      this.outbox.keepDraft(this.current.sample, this.values);
    }
    this.outbox.keepDraft(one.sample, { ...emptyValues(), ...one.answer });
    const card = this.seen.get(one.sample);
    if (card) card.version = (one.of ? card.version : one.version) + 1;
    this.wanted = one.sample;
    this.current = null;
    this.outbox.add({
      key: newKey(), kind: "undo", what: one.kind, sample: one.sample,
      ...(one.of ? { of: one.of } : { target: one.target }),
    });
    this.said.textContent = "Taken back. Change it and save it again.";
    this.next();
  }

  moveStep(by) {
    const lines = [...this.sampleBox.querySelectorAll("li[data-step]")];
    if (!lines.length || this.current.kind === "preference") return;
    this.step = Math.min(lines.length, Math.max(1, this.step + by));
    lines.forEach((line, place) => line.classList.toggle("here", place + 1 === this.step));
    lines[this.step - 1].scrollIntoView({ block: "nearest" });
    this.said.textContent = `Step ${this.step}`;
  }

  showMarks() {
    for (const line of this.sampleBox.querySelectorAll("li[data-step]")) {
      const step = Number(line.dataset.step);
      const marks = this.values.marks.filter((one) => one[0] === step).map((one) => one[1]);
      line.classList.toggle("marked", marks.length > 0);
      line.querySelectorAll("input[data-mark]").forEach((box) => { box.checked = marks.includes(box.dataset.mark); });
    }
  }
}
