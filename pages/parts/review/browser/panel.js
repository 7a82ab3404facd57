// The reviewer's side of the desk: it draws an answer in the making, and hands on each choice.

import { Answer, EDIT_VERDICT } from "./answer.js";
import { Controls, key } from "./controls.js";
import { Editor } from "./editor.js";
import { h } from "./elements.js";
import { FLAG_KEYS, PREFERENCE_KEYS, VERDICT_KEYS } from "./letters.js";
import { say } from "./wording.js";

export class Panel extends Controls {
  constructor(form, card, values, changed) {
    super();
    this.form = form;
    this.card = card;
    this.values = values;
    this.answer = new Answer(form, card, values);
    this.changed = changed;
    this.scales = [];
    this.active = 0;
    this.complaint = h("p", { class: "complaint", role: "alert" });
    this.element = h("div", { class: "panel", role: "group", "aria-label": say("judgement") });
    this.build();
    this.activate(this.answer.firstOpen());
    this.update();
    if (this.isClosed) this.close();
  }

  // Whether nothing can be decided, because the reviewer does not see all that is to be judged.
  get isClosed() {
    return Boolean(this.answer.obstacle);
  }

  close() {
    const inputs = this.element.querySelectorAll("input, textarea, button");
    for (const input of inputs) input.disabled = true;
    this.complaint.textContent = this.answer.missing();
  }

  build() {
    if (this.answer.isPreference) this.buildPreference();
    else this.buildVerdict();
    this.comment = h("textarea", {
      rows: "2", maxlength: String(this.form.comment_limit), "aria-label": say("comment"),
      placeholder: say("comment_if_any"),
      on: { input: () => { this.values.comment = this.comment.value; this.touched(); } },
    });
    this.comment.value = this.values.comment || "";
    const legend = h("span", { class: "legend" }, say("comment"), " ", key("c"));
    this.element.append(h("label", { class: "comment" }, legend, this.comment));
  }

  buildPreference() {
    this.preferences = this.choices(
      "preference", say("which_one"), this.form.preferences, PREFERENCE_KEYS,
      (choice) => this.set("preference", choice),
    );
    this.element.append(this.preferences);
  }

  buildVerdict() {
    this.scales = this.form.scales.map((scale, place) => this.scale(scale, place));
    this.verdicts = this.choices("verdict", say("verdict"), this.form.verdicts, VERDICT_KEYS,
      (choice) => this.set("verdict", choice));
    this.editor = new Editor(this.answer, () => this.touched());
    this.flags = this.choices("flags", say("flags"), this.form.flags, FLAG_KEYS,
      (choice) => this.toggleFlag(choice), "checkbox");
    this.element.append(...this.scales, this.verdicts, this.editor.element, this.flags);
    if (this.card.criteria.length) this.element.append(this.criteria());
  }

  set(field, value) {
    this.values[field] = value;
    this.touched();
    const box = this.preferences || this.verdicts;
    box.inputs.find((input) => input.checked).focus({ preventScroll: true });
    this.reveal(box);
    if (field === "verdict" && value === EDIT_VERDICT) this.editor.open();
  }

  setLevel(place, level) {
    this.answer.setLevel(place, level);
    this.touched();
    const open = this.answer.firstOpen();
    this.activate(open);
    const next = this.scales[open] || this.verdicts;
    next.inputs[0].focus({ preventScroll: true });
    this.reveal(next);
  }

  toggleFlag(flag) {
    this.answer.toggleFlag(flag);
    this.touched();
    this.reveal(this.flags);
  }

  toggleMark(step, mark) {
    this.answer.toggleMark(step, mark);
    this.touched();
  }

  setCriterion(name, met) {
    this.answer.setCriterion(name, met);
    this.touched();
  }

  cycleCriterion(place) {
    const criterion = this.card.criteria[place];
    if (!criterion) return;
    this.answer.cycleCriterion(criterion.key);
    this.touched();
    this.reveal(this.criterionBoxes[place]);
  }

  touched() {
    this.complaint.textContent = "";
    this.update();
    this.changed();
  }

  back() {
    if (!this.scales.length) return;
    this.activate(Math.max(0, this.active - 1));
    this.scales[this.active].inputs[0].focus({ preventScroll: true });
    this.reveal(this.scales[this.active]);
  }

  activate(place) {
    this.active = place;
    this.scales.forEach((box, number) => box.classList.toggle("open", number === place));
  }

  // What the last key was about comes into view, if it is not there yet.
  reveal(box) {
    box.scrollIntoView({ block: "nearest" });
  }

  update() {
    this.scales.forEach((box, place) => this.updateScale(box, this.form.scales[place]));
    this.showChoice(this.preferences, this.form.preferences, [this.values.preference]);
    this.showChoice(this.verdicts, this.form.verdicts, [this.values.verdict]);
    this.showChoice(this.flags, this.form.flags, this.values.flags);
    if (this.editor) this.editor.show(this.values.verdict === EDIT_VERDICT);
    (this.criterionBoxes || []).forEach((box, place) => {
      const now = this.values.criteria[this.card.criteria[place].key];
      box.inputs.forEach((input, number) => {
        input.checked = [true, false, undefined][number] === now;
      });
    });
  }

  updateScale(box, scale) {
    const level = this.values.scales[scale.key];
    box.inputs.forEach((input, number) => { input.checked = number + 1 === level; });
    const found = scale.levels.find((one) => one.level === level);
    box.chosen.replaceChildren(
      ...(found ? [h("b", {}, `${found.level} ${found.label}. `), found.anchor] : []));
  }

  // Says what is still missing, and shows where; empty = it can be saved.
  missing() {
    const place = this.answer.missingScale();
    if (place >= 0) {
      this.activate(place);
      this.reveal(this.scales[place]);
    }
    return this.answer.missing();
  }
}
