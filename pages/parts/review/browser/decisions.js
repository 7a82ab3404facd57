// What the reviewer decides: drafts, verdicts, edits, later, and taking back.

import { EDIT_VERDICT, emptyValues } from "./answer.js";
import { Intake } from "./intake.js";
import { newKey } from "./outbox.js";
import { say } from "./wording.js";

// Milliseconds without typing after which a draft is sent.
const DRAFT_PAUSE = 1500;

export class Decisions extends Intake {
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
    const { sample, draft } = card;
    this.sentDraft = {
      key: newKey(), kind: "draft", sample, version: draft.version, values: this.values,
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
    const card = this.current;
    const request = this.request(card);
    const edits = card.kind === "verdict" ? this.editRequests() : [];
    card.version += 1;
    card.answer = request.draft;
    this.outbox.keepDraft(card.sample, null);
    this.outbox.add(...edits, request);
    this.moveOn(say("saved_next"));
  }

  request({ kind, sample, version }) {
    // The draft is what the form is filled with again if this is refused or taken back.
    const draft = structuredClone(this.values);
    const { edits, preference, ...verdict } = structuredClone(this.values);
    const values = kind === "preference" ? { preference, comment: verdict.comment } : verdict;
    const seconds = Math.round(this.seconds * 10) / 10;
    return { key: newKey(), kind, sample, version, values, draft, seconds };
  }

  editRequests() {
    const { values } = this.panel;
    if (values.verdict !== EDIT_VERDICT) return [];
    return Object.keys(values.edits).map((field) => this.editRequest(field)).filter(Boolean);
  }

  editRequest(field) {
    const { card, answer } = this.panel;
    const { sample } = card;
    const before = card.edits[field] || { version: 0, text: null, target: null };
    const text = answer.now(field);
    const same = text === answer.original(field);
    if (text === answer.saved(field) || (same && before.text === null)) return null;
    card.edits[field] = { version: before.version + 1, text: same ? null : text, target: null };
    return same
      ? { key: newKey(), kind: "undo", what: "edit", field, sample, target: before.target }
      : { key: newKey(), kind: "edit", field, sample, text, version: before.version };
  }

  later() {
    if (!this.current) return;
    this.outbox.add({ key: newKey(), kind: "skip", sample: this.current.sample });
    this.moveOn(say("put_aside"));
  }

  moveOn(said) {
    this.said.textContent = said;
    this.current = null;
    this.next();
  }

  // What was judged last: first what is still on its way, then what the server remembers.
  past() {
    const judging = ["verdict", "preference"];
    const undone = this.outbox.requests.filter((one) => one.kind === "undo" && one.what !== "edit");
    const lost = new Set(undone.map((one) => one.of || one.target));
    const waiting = this.outbox.requests
      .filter((one) => judging.includes(one.kind) && !lost.has(one.key))
      .map((one) => ({
        sample: one.sample, kind: one.kind, of: one.key, answer: one.draft,
        choice: one.values.verdict || one.values.preference,
      }))
      .toReversed();
    const again = new Set(waiting.map((one) => one.sample));
    const remembered = this.data.history.filter(
      (one) => !lost.has(one.target) && !again.has(one.sample));
    return [...waiting, ...remembered];
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
    this.outbox.add({
      key: newKey(), kind: "undo", what: one.kind, sample: one.sample,
      ...(one.of ? { of: one.of } : { target: one.target }),
    });
    this.moveOn(say("taken_back"));
  }
}
