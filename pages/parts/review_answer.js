// The reviewer's side: scales with their anchors, verdict, edit, flags, criteria, comment.

const VERDICT_KEYS = { accept: "a", accept_with_edit: "e", reject: "r", unsure: "u" };
const FLAG_KEYS = { factually_wrong: "w", unsafe: "s", flawed_question: "q", phi: "p", not_medical: "n" };
const PREFERENCE_KEYS = { left: "1", same: "2", right: "3" };
const CRITERION_KEYS = ["6", "7", "8", "9"];
const EDIT_VERDICT = "accept_with_edit";

function emptyValues() {
  return { scales: {}, verdict: null, flags: [], marks: [], criteria: {}, comment: "", edits: {} };
}

function key(letter) {
  return letter ? h("kbd", { "aria-hidden": "true" }, letter.toUpperCase()) : null;
}

class Panel {
  constructor(form, card, values, changed) {
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
      h("label", { class: "comment" }, h("span", { class: "legend" }, "Comment ", key("c")), this.comment),
      this.complaint,
    );
  }

  scale(scale, place) {
    const choose = (level) => this.setLevel(place, level);
    const levels = scale.levels.map((one) => h("label", { class: "level", title: one.anchor },
      h("input", {
        type: "radio", name: `scale-${scale.key}`, value: String(one.level),
        "aria-describedby": `question-${scale.key}`,
        on: { change: () => choose(one.level), focus: () => this.activate(place) },
      }),
      h("span", { class: "number" }, String(one.level)),
      h("span", { class: "words" }, h("b", {}, one.label), h("span", { class: "anchor" }, one.anchor))));
    const chosen = h("p", { class: "chosen", "aria-live": "polite" });
    const box = h("fieldset", { class: "scale", on: { click: () => this.activate(place) } },
      h("legend", {}, scale.title, " ", h("span", { class: "keys" }, key("1"), "–", key("5"))),
      h("p", { class: "question", id: `question-${scale.key}` }, scale.question),
      h("div", { class: "levels" }, levels), chosen);
    box.inputs = levels.map((level) => level.querySelector("input"));
    box.chosen = chosen;
    return box;
  }

  choices(name, title, all, letters, choose, type = "radio") {
    const labels = all.map((one) => h("label", { class: "choice", title: one.help, "data-key": one.key },
      h("input", { type, class: "hidden-input", name: `choice-${name}`, value: one.key, on: { change: () => choose(one.key) } }),
      h("span", {}, one.label), key(letters[one.key])));
    const help = h("p", { class: "chosen", "aria-live": "polite" });
    const box = h("fieldset", { class: `choices ${name}` }, h("legend", {}, title),
      h("div", { class: "row" }, labels), help);
    box.help = help;
    box.inputs = labels.map((label) => label.querySelector("input"));
    return box;
  }

  criteria() {
    this.criterionBoxes = this.card.criteria.map((one, place) => {
      const pick = (met) => {
        if (met === null) delete this.values.criteria[one.key];
        else this.values.criteria[one.key] = met;
        this.touched();
      };
      const inputs = [["Yes", true], ["No", false], ["Not answered", null]].map(([label, met]) =>
        h("label", { class: "choice small" },
          h("input", { type: "radio", name: `criterion-${one.key}`, on: { change: () => pick(met) } }), label));
      const box = h("div", { class: "criterion", role: "radiogroup", "aria-label": one.text },
        h("div", {}, words(one.text), key(CRITERION_KEYS[place])), h("div", { class: "row" }, inputs));
      box.inputs = inputs.map((label) => label.querySelector("input"));
      return box;
    });
    return h("fieldset", { class: "criteria" }, h("legend", {}, "Is this met in the text?"), this.criterionBoxes);
  }

  markers(step) {
    const boxes = this.form.marks.map((mark, place) => h("label", { class: "mark", title: mark.help },
      h("input", {
        type: "checkbox", "data-mark": mark.key, "aria-label": `Step ${step}: ${mark.label}`,
        on: { change: () => this.toggleMark(step, mark.key) },
      }),
      h("span", {}, mark.label), key(MARK_KEYS[place])));
    return h("div", { class: "marks" }, boxes);
  }

  set(field, value) {
    this.values[field] = value;
    this.touched();
    const inputs = (this.preferences || this.verdicts).inputs;
    inputs.find((input) => input.checked).focus({ preventScroll: true });
    if (field === "verdict" && value === EDIT_VERDICT) this.editor.open();
  }

  setLevel(place, level) {
    this.values.scales[this.form.scales[place].key] = level;
    this.touched();
    const open = this.firstOpen();
    this.activate(open);
    const next = open < this.scales.length ? this.scales[open].inputs[0] : this.verdicts.inputs[0];
    next.focus({ preventScroll: true });
  }

  toggleFlag(flag) {
    const flags = this.values.flags;
    this.values.flags = flags.includes(flag) ? flags.filter((one) => one !== flag) : [...flags, flag];
    this.touched();
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
  }

  activate(place) {
    this.active = place;
    this.scales.forEach((box, number) => box.classList.toggle("open", number === place));
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

  showChoice(box, all, chosen) {
    if (!box) return;
    box.inputs.forEach((input, place) => { input.checked = chosen.includes(all[place].key); });
    box.help.textContent = all.filter((one) => chosen.includes(one.key)).map((one) => one.help).join(" ");
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

// Another text for the sample, beside the original, with what it changes.
class Editor {
  constructor(card, values, touched) {
    this.card = card;
    this.values = values;
    this.fields = Object.entries(card.text.original || {});
    this.box = h("textarea", { rows: "9", "aria-label": "The text as it should be",
      on: { input: () => { this.values.edits[this.field] = this.box.value; touched(); } } });
    this.diff = h("div", { class: "words diff", "aria-label": "What you change", dir: "auto" });
    this.tabs = this.fields.map(([name]) => h("button", { type: "button", class: "tab",
      on: { click: () => this.turn(name) } }, name[0].toUpperCase() + name.slice(1)));
    this.element = h("fieldset", { class: "editor", hidden: true }, h("legend", {}, "Edit the text"),
      h("div", { class: "row" }, this.tabs), this.box, h("p", { class: "legend" }, "What you change"), this.diff);
    const filled = this.fields.find(([name, text]) => name === "reasoning" && text);
    this.field = filled ? "reasoning" : (this.fields.find(([, text]) => text) || ["answer"])[0];
    this.turn(this.field);
  }

  original(name) {
    return this.card.text.original[name] || "";
  }

  saved(name) {
    const edit = this.card.edits[name];
    return edit && edit.text !== null ? edit.text : this.original(name);
  }

  now(name) {
    const typed = this.values.edits[name];
    return typed === undefined ? this.saved(name) : typed;
  }

  turn(name) {
    this.field = name;
    this.box.value = this.now(name);
    this.tabs.forEach((tab, place) => tab.setAttribute("aria-pressed", String(this.fields[place][0] === name)));
    this.drawDiff();
  }

  drawDiff() {
    const pieces = difference(this.original(this.field), this.now(this.field));
    this.diff.replaceChildren(...(pieces.some(([change]) => change !== "same")
      ? pieces.map(([change, text], place) => h({ same: "span", removed: "del", added: "ins" }[change], {},
        change === "same" ? shortened(text, place > 0, place < pieces.length - 1) : text))
      : [h("span", { class: "faint" }, "Nothing yet: change the text above.")]));
  }

  show(visible) {
    this.element.hidden = !visible;
    if (visible) this.drawDiff();
  }

  open() {
    this.turn(this.field);
    this.box.focus();
    this.box.setSelectionRange(0, 0);
    this.box.scrollTop = 0;
  }

  // Fields that now differ from the original.
  changes() {
    return this.fields.map(([name]) => name).filter((name) => this.now(name) !== this.original(name));
  }
}
