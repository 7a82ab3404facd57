// What always stands on the desk: progress, what is saved, the last verdicts, what was refused.

import { h } from "./elements.js";
import { say, sayCount } from "./wording.js";

// Verdicts after which nobody is told what to do any more.
const HINTED = 3;
// Milliseconds after which "Saving" turns into "No connection".
const SLOW = 4000;
const PAST_SHOWN = 6;
const REFUSED = { undo: "undo_refused", edit: "edit_refused" };

export class Status {
  find(name) {
    return this.root.querySelector(name);
  }

  get head() { return this.find(".head"); }
  get sampleBox() { return this.find(".sample"); }
  get panelBox() { return this.find(".judge"); }
  get said() { return this.find("p.said"); }

  drawState() {
    if (!this.data) return;
    const { requests } = this.outbox;
    const waiting = requests.filter((one) => ["verdict", "preference"].includes(one.kind)).length;
    const undone = requests.filter((one) => one.kind === "undo" && one.what !== "edit").length;
    const done = Math.max(0, this.data.done + waiting - undone);
    const left = Math.max(0, this.data.left - waiting + undone);
    this.find(".bar span").style.width = `${Math.round((100 * done) / Math.max(1, done + left))}%`;
    this.find(".progress").textContent = say("progress", { done, left });
    this.drawSaved(requests.length, waiting);
    this.drawHint(done);
    this.drawPast();
  }

  drawSaved(open, verdicts) {
    const slow = this.outbox.since !== null && Date.now() - this.outbox.since > SLOW;
    const state = this.find(".state");
    state.className = `state ${slow ? "waiting" : ""}`;
    const text = !open
      ? say("all_saved")
      : slow ? sayCount("no_connection", verdicts) : say("saving");
    // Written only when it changes: a screen reader says it each time.
    if (state.textContent !== text) state.textContent = text;
  }

  // Newcomers are told what to do, for as long as they can be newcomers.
  drawHint(done) {
    const hint = this.find(".hint");
    hint.hidden = !this.current || this.panel?.isClosed || done >= HINTED;
    hint.textContent = say(this.hintName());
  }

  // Keys are told to nobody whose screen is worked by a finger.
  hintName() {
    const touched = window.matchMedia("(pointer: coarse)").matches;
    if (this.current?.kind === "preference") return touched ? "hint_of_touched_pair" : "hint_of_pair";
    return touched ? "hint_of_touch" : "hint";
  }

  drawPast() {
    const past = this.past().slice(0, PAST_SHOWN);
    const named = JSON.stringify(past.map((one) => [one.sample, one.choice, one.of || one.target]));
    if (named === this.shownPast) return;
    this.shownPast = named;
    const choices = [...this.data.form.verdicts, ...this.data.form.preferences];
    const label = (one) => choices.find((other) => other.key === one.choice)?.label || one.choice;
    this.find(".past ol").replaceChildren(...past.map((one) => h("li", {},
      h("button", { type: "button", on: { click: () => this.undo(one) } }, say("undo")),
      h("span", {}, label(one)), this.excerpt(one.sample))));
    this.find(".past").hidden = !past.length;
    this.find(".undo").disabled = !past.length;
  }

  excerpt(sample) {
    const text = this.seen.get(sample)?.text?.question;
    return h("span", { class: "faint" }, text ? text.slice(0, 70) : say("earlier_session"));
  }

  drawProblems() {
    this.find(".problems").replaceChildren(...this.problems.map((one) => this.problem(one)));
  }

  problem(one) {
    const { what, todo } = one.answer;
    const again = { type: "button", on: { click: () => this.reopen(one) } };
    return h("div", { class: "problem", role: "alert" },
      h("b", {}, say(REFUSED[one.kind] || "verdict_refused"), " "),
      `${what}. ${todo[0].toUpperCase()}${todo.slice(1)}. `,
      h("button", again, say("look_again")));
  }

  reopen(problem) {
    this.problems = this.problems.filter((one) => one !== problem);
    this.drawProblems();
    this.wanted = problem.sample;
    this.current = null;
    this.next();
  }
}
