// What the reviewer's side is made of: scales with their anchors, choices, criteria, marks.

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

class Controls {
  scale(scale, place) {
    const choose = (level) => this.setLevel(place, level);
    const levels = scale.levels.map((one) => h("label", { class: "level", title: one.anchor },
      h("input", {
        type: "radio", name: `scale-${scale.key}`, value: String(one.level),
        "aria-describedby": `question-${scale.key}`,
        on: { change: () => choose(one.level), focus: () => { if (!this.pointing) this.activate(place); } },
      }),
      h("span", { class: "number" }, String(one.level)),
      h("span", { class: "words" }, h("b", {}, one.label), h("span", { class: "anchor" }, one.anchor))));
    const chosen = h("p", { class: "chosen", "aria-live": "polite" });
    const box = h("fieldset", { class: "scale", on: { pointerdown: () => this.point(), click: () => this.activate(place) } },
      h("legend", {}, scale.title, " ", h("span", { class: "keys" }, key("1"), "–", key("5"))),
      h("p", { class: "question", id: `question-${scale.key}` }, scale.question),
      h("div", { class: "levels" }, levels), chosen);
    box.inputs = levels.map((level) => level.querySelector("input"));
    box.chosen = chosen;
    return box;
  }

  // Opening a scale under the pointer would move it away before the click has come to its end.
  point() {
    this.pointing = true;
    setTimeout(() => { this.pointing = false; }, 0);
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

  showChoice(box, all, chosen) {
    if (!box) return;
    box.inputs.forEach((input, place) => { input.checked = chosen.includes(all[place].key); });
    box.help.textContent = all.filter((one) => chosen.includes(one.key)).map((one) => one.help).join(" ");
  }
}
