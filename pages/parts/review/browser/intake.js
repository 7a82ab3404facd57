// What comes from the server: samples, acknowledgements, refusals; and which sample is next.

import { Easel } from "./easel.js";
import { Outbox } from "./outbox.js";
import { fill, speak } from "./wording.js";

const SEEN_LIMIT = 60;

export class Intake extends Easel {
  receive(data) {
    this.connection.heard = Date.now();
    if (this.data?.language !== data.language) {
      speak(data);
      fill(this.root);
      this.current = null;
    }
    if (!this.data || this.data.scope !== data.scope) this.open(data.scope);
    this.data = data;
    // The cards know of all that is acknowledged with them, so that comes first.
    const settled = this.outbox.settle(data.acknowledged);
    for (const card of data.cards) this.remember(card);
    for (const [request, answer] of settled) this.settled(request, answer);
    this.settleDraft(data.acknowledged);
    if (!this.current || this.wanted) this.next();
    this.drawState();
  }

  // Another reviewer, queue or form: what is kept for it may still wait from an earlier visit.
  open(scope) {
    this.outbox = new Outbox(scope, (message) => this.send(message), () => this.drawState());
    this.current = null;
    this.seen.clear();
    this.problems = [];
    setTimeout(() => this.outbox.flush(), 0);
  }

  remember(sent) {
    let card = sent;
    if (this.pending(card.sample)) {
      // What is on its way changes the version; the server does not know of it yet.
      if (this.seen.has(card.sample)) return;
      card.version += this.waiting(card.sample).length;
    }
    this.seen.delete(card.sample);
    if (this.current?.sample === card.sample) {
      // The panel on the desk holds the card it was painted with.
      const { version, edits, draft } = card;
      card = Object.assign(this.current, { version, edits, draft });
    }
    this.seen.set(card.sample, card);
    if (this.seen.size > SEEN_LIMIT) this.seen.delete(this.seen.keys().next().value);
  }

  settled(request, answer) {
    const { kind, sample } = request;
    if (answer.ok) {
      if (kind === "verdict" || kind === "preference") this.outbox.keepDraft(sample, null);
      return;
    }
    if (kind === "skip") return;
    if (kind !== "undo" && request.draft) this.outbox.keepDraft(sample, request.draft);
    const card = this.seen.get(sample);
    if (card && answer.version !== undefined && kind !== "edit") card.version = answer.version;
    this.problems.push({ sample, kind, answer });
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

  // Returns what is on its way for this sample, edits of its text apart.
  waiting(sample) {
    return this.outbox.requests.filter((one) => one.sample === sample && one.kind !== "edit");
  }

  pending(sample) {
    return this.waiting(sample).length > 0;
  }

  judged(sample) {
    const last = this.waiting(sample).pop();
    return last !== undefined && last.kind !== "undo";
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
}
