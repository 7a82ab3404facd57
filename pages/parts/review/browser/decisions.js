// What the reviewer decides: drafts, verdicts, edits, later, and taking back.

const DRAFT_PAUSE = 1500;

class Decisions extends Intake {
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
}
