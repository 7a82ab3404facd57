// What the reviewer's side is made of: scales with their anchors, choices, criteria, marks.

import { h, words } from "./elements.js";
import { CRITERION_KEYS, MARK_KEYS } from "./letters.js";
import { say } from "./wording.js";

const CRITERION_ANSWERS = [["yes", true], ["no", false], ["not_answered", null]];

export function key(letter) {
  return letter ? h("kbd", { "aria-hidden": "true" }, letter.toUpperCase()) : null;
}

export class Controls {
  scale(scale, place) {
    const levels = scale.levels.map((one) => this.level(scale, place, one));
    const chosen = h("p", { class: "chosen", "aria-live": "polite" });
    const on = { pointerdown: () => this.point(), click: () => this.activate(place) };
    const box = h("fieldset", { class: "scale", on },
      h("legend", {}, scale.title, " ", h("span", { class: "keys" }, key("1"), "–", key("5"))),
      h("p", { class: "question", id: `question-${scale.key}` }, scale.question),
      h("div", { class: "levels" }, levels), chosen);
    box.inputs = levels.map((level) => level.querySelector("input"));
    box.chosen = chosen;
    return box;
  }

  level(scale, place, { level, label, anchor }) {
    const input = h("input", {
      type: "radio", name: `scale-${scale.key}`, value: String(level),
      "aria-describedby": `question-${scale.key}`,
      on: {
        change: () => this.setLevel(place, level),
        focus: () => { if (!this.pointing) this.activate(place); },
      },
    });
    return h("label", { class: "level", title: anchor }, input,
      h("span", { class: "number" }, String(level)),
      h("span", { class: "words" },
        h("b", {}, label), h("span", { class: "anchor" }, anchor)));
  }

  // Opening a scale under the pointer would move it away before the click has come to its end.
  point() {
    this.pointing = true;
    setTimeout(() => { this.pointing = false; }, 0);
  }

  choices(name, title, all, letters, choose, type = "radio") {
    const labels = all.map((one) => h("label",
      { class: "choice", title: one.help, "data-key": one.key },
      h("input", {
        type, class: "hidden-input", name: `choice-${name}`, value: one.key,
        on: { change: () => choose(one.key) },
      }),
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
      const name = `criterion-${one.key}`;
      const inputs = CRITERION_ANSWERS.map(([label, met]) => {
        const change = () => this.setCriterion(one.key, met);
        return h("label", { class: "choice small" },
          h("input", { type: "radio", name, on: { change } }), say(label));
      });
      const box = h("div", { class: "criterion", role: "radiogroup", "aria-label": one.text },
        h("div", {}, words(one.text), key(CRITERION_KEYS[place])),
        h("div", { class: "row" }, inputs));
      box.inputs = inputs.map((label) => label.querySelector("input"));
      return box;
    });
    return h("fieldset", { class: "criteria" },
      h("legend", {}, say("criteria")), this.criterionBoxes);
  }

  markers(step) {
    const boxes = this.form.marks.map((mark, place) => h("label",
      { class: "mark", title: mark.help },
      h("input", {
        type: "checkbox", "data-mark": mark.key, "aria-label": say("mark_of_step", { step, mark: mark.label }),
        disabled: this.isClosed,
        on: { change: () => this.toggleMark(step, mark.key) },
      }),
      h("span", {}, mark.label), key(MARK_KEYS[place])));
    return h("div", { class: "marks" }, boxes);
  }

  showChoice(box, all, chosen) {
    if (!box) return;
    box.inputs.forEach((input, place) => { input.checked = chosen.includes(all[place].key); });
    const taken = all.filter((one) => chosen.includes(one.key));
    box.help.textContent = taken.map((one) => one.help).join(" ");
  }
}
