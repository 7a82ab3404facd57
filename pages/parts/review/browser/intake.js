// What comes from the server: samples, acknowledgements, refusals; and which sample is next.

const SEEN_LIMIT = 60;

class Intake extends Easel {
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
}
