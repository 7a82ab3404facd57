// The reviewer's side at work: what was chosen so far, what is open, what is still missing.

class Panel extends Controls {
  constructor(form, card, values, changed) {
    super();
    this.form = form;
    this.card = card;
    this.values = values;
    this.changed = changed;
    this.scales = [];
    this.active = 0;
    this.complaint = h("p", { class: "complaint", role: "alert" });
    this.element = h("div", { class: "panel", role: "group", "aria-label": "Your judgement" });
    this.build();
    this.activate(this.firstOpen());
    this.update();
  }

  build() {
    if (this.card.kind === "preference") {
      this.preferences = this.choices("preference", "Which one would you rather train on?", this.form.preferences,
        PREFERENCE_KEYS, (choice) => this.set("preference", choice));
      this.element.append(this.preferences);
    } else {
      this.scales = this.form.scales.map((scale, place) => this.scale(scale, place));
      this.verdicts = this.choices("verdict", "Verdict", this.form.verdicts, VERDICT_KEYS,
        (choice) => this.set("verdict", choice));
      this.editor = new Editor(this.card, this.values, () => this.touched());
      this.flags = this.choices("flags", "Flags, if any", this.form.flags, FLAG_KEYS,
        (choice) => this.toggleFlag(choice), "checkbox");
      this.element.append(...this.scales, this.verdicts, this.editor.element, this.flags);
      if (this.card.criteria.length) this.element.append(this.criteria());
    }
    this.comment = h("textarea", {
      rows: "2", maxlength: String(this.form.comment_limit), "aria-label": "Comment",
      placeholder: "Comment, if any",
      on: { input: () => { this.values.comment = this.comment.value; this.touched(); } },
    });
    this.comment.value = this.values.comment || "";
    this.element.append(
      h("label", { class: "comment" }, h("span", { class: "legend" }, "Comment ", key("c")), this.comment));
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
    this.values.scales[this.form.scales[place].key] = level;
    this.touched();
    const open = this.firstOpen();
    this.activate(open);
    const next = this.scales[open] || this.verdicts;
    next.inputs[0].focus({ preventScroll: true });
    this.reveal(next);
  }

  toggleFlag(flag) {
    const flags = this.values.flags;
    this.values.flags = flags.includes(flag) ? flags.filter((one) => one !== flag) : [...flags, flag];
    this.touched();
    this.reveal(this.flags);
  }

  toggleMark(step, mark) {
    const same = (one) => one[0] === step && one[1] === mark;
    const marks = this.values.marks;
    this.values.marks = marks.some(same) ? marks.filter((one) => !same(one)) : [...marks, [step, mark]];
    this.touched();
  }

  cycleCriterion(place) {
    const one = this.card.criteria[place];
    if (!one) return;
    const now = this.values.criteria[one.key];
    if (now === undefined) this.values.criteria[one.key] = true;
    else if (now) this.values.criteria[one.key] = false;
    else delete this.values.criteria[one.key];
    this.touched();
    this.reveal(this.criterionBoxes[place]);
  }

  touched() {
    this.complaint.textContent = "";
    this.update();
    this.changed();
  }

  firstOpen() {
    const open = this.form.scales.findIndex((scale) => !this.values.scales[scale.key]);
    return open < 0 ? this.form.scales.length : open;
  }

  back() {
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
    this.form.scales.forEach((scale, place) => {
      if (!this.scales[place]) return;
      const level = this.values.scales[scale.key];
      this.scales[place].inputs.forEach((input, number) => { input.checked = number + 1 === level; });
      const found = scale.levels.find((one) => one.level === level);
      this.scales[place].chosen.replaceChildren(
        ...(found ? [h("b", {}, `${found.level} ${found.label}. `), found.anchor] : []));
    });
    this.showChoice(this.preferences, this.form.preferences, [this.values.preference]);
    this.showChoice(this.verdicts, this.form.verdicts, [this.values.verdict]);
    this.showChoice(this.flags, this.form.flags, this.values.flags);
    if (this.editor) this.editor.show(this.values.verdict === EDIT_VERDICT);
    (this.criterionBoxes || []).forEach((box, place) => {
      const now = this.values.criteria[this.card.criteria[place].key];
      box.inputs.forEach((input, number) => { input.checked = [true, false, undefined][number] === now; });
    });
  }

  // Says what is still missing, as the server would; empty = it can be saved.
  missing() {
    if (this.card.kind === "preference") {
      return this.values.preference ? "" : "Choose left, right or no difference.";
    }
    const verdict = this.form.verdicts.find((one) => one.key === this.values.verdict);
    const flags = this.form.flags.filter((one) => this.values.flags.includes(one.key));
    const excused = (verdict && verdict.excuses) || flags.some((flag) => flag.excuses);
    const open = this.firstOpen();
    if (!excused && open < this.form.scales.length) {
      this.activate(open);
      this.reveal(this.scales[open]);
      return `"${this.form.scales[open].title}" has no level yet: press 1 to 5, or U if you cannot judge it.`;
    }
    if (!verdict) return "The verdict is missing: press A, E, R or U.";
    const clash = flags.find((flag) => flag.contradicts.includes(verdict.key));
    if (clash) return `The flag "${clash.label}" does not go with "${verdict.label}": change one of them.`;
    if (verdict.key === EDIT_VERDICT && !this.editor.changes().length) {
      return "Nothing was edited yet: change the text above, or choose another verdict.";
    }
    return "";
  }
}
