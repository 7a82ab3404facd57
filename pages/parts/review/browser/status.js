// What always stands on the desk: progress, what is saved, the last verdicts, what was refused.

const HINTED = 3;

class Status {
  find(name) {
    return this.root.querySelector(name);
  }

  get head() { return this.find(".head"); }
  get sampleBox() { return this.find(".sample"); }
  get panelBox() { return this.find(".judge"); }
  get said() { return this.find(".said"); }

  drawState() {
    if (!this.data) return;
    const waiting = this.outbox.requests.filter((one) => ["verdict", "preference"].includes(one.kind)).length;
    const undone = this.outbox.requests.filter((one) => one.kind === "undo" && one.what !== "edit").length;
    const done = Math.max(0, this.data.done + waiting - undone);
    const left = Math.max(0, this.data.left - waiting + undone);
    const bar = this.find(".bar span");
    bar.style.width = `${Math.round((100 * done) / Math.max(1, done + left))}%`;
    this.find(".progress").textContent = `${done} judged · ${left} to go`;
    const slow = this.outbox.since !== null && Date.now() - this.outbox.since > 4000;
    const state = this.find(".state");
    const all = this.outbox.requests.length;
    state.className = `state ${slow ? "waiting" : ""}`;
    const text = !all
      ? "Everything is saved"
      : slow
        ? `No connection: ${count(waiting, "verdict")} kept in this browser, sent as soon as it is back`
        : "Saving …";
    if (state.textContent !== text) state.textContent = text;
    this.drawHint(done);
    this.drawPast();
  }

  // Newcomers are told what to do, for as long as they can be newcomers.
  drawHint(done) {
    const pair = this.current && this.current.kind === "preference";
    this.find(".hint").hidden = !this.current || done >= HINTED;
    this.find(".hint").textContent = pair
      ? "Read both, press 1 for the left one, 3 for the right one or 2 for no difference, then Enter. Or click."
      : "Read the sample. Press 1 to 5 for each of the three scales, a letter for the verdict, then Enter. Or click.";
  }

  drawPast() {
    const past = this.past().slice(0, 6);
    const named = JSON.stringify(past.map((one) => [one.sample, one.choice, one.of || one.target]));
    if (named === this.shownPast) return;
    this.shownPast = named;
    const form = this.data.form;
    const label = (one) => (form.verdicts.concat(form.preferences).find((other) => other.key === one.choice) || {}).label;
    this.find(".past ol").replaceChildren(...past.map((one) => h("li", {},
      h("button", { type: "button", on: { click: () => this.undo(one) } }, "Undo"),
      h("span", {}, label(one) || one.choice), this.excerpt(one.sample))));
    this.find(".past").hidden = !past.length;
    this.find(".undo").disabled = !past.length;
  }

  excerpt(sample) {
    const card = this.seen.get(sample);
    const text = card && card.text && card.text.question;
    return h("span", { class: "faint" }, text ? text.slice(0, 70) : "from an earlier session");
  }

  drawProblems() {
    this.find(".problems").replaceChildren(...this.problems.map((one) => h("div", { class: "problem", role: "alert" },
      h("b", {}, `${{ undo: "Taking back", edit: "Your edit" }[one.kind] || "Your verdict"} was not saved. `),
      `${one.answer.what}. ${one.answer.todo[0].toUpperCase()}${one.answer.todo.slice(1)}. `,
      h("button", { type: "button", on: { click: () => this.reopen(one) } }, "Look at it again"))));
  }

  reopen(problem) {
    this.problems = this.problems.filter((one) => one !== problem);
    this.drawProblems();
    this.wanted = problem.sample;
    this.current = null;
    this.next();
  }
}
