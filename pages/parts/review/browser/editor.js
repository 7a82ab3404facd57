// Another text for the sample, beside the original, with what it changes.

import { difference, shortened } from "./difference.js";
import { h } from "./elements.js";
import { say } from "./wording.js";

const TAGS = { same: "span", removed: "del", added: "ins" };

export class Editor {
  constructor(answer, touched) {
    this.answer = answer;
    this.box = h("textarea", {
      rows: "9", "aria-label": say("edited_text"),
      on: { input: () => { answer.values.edits[this.field] = this.box.value; touched(); } },
    });
    this.diff = h("div", { class: "words diff", "aria-label": say("changes"), dir: "auto" });
    this.tabs = answer.fields.map((name) => h("button", {
      type: "button", class: "tab", on: { click: () => this.turn(name) },
    }, say(name)));
    this.element = h("fieldset", { class: "editor", hidden: true },
      h("legend", {}, say("edit")),
      h("div", { class: "row" }, this.tabs), this.box,
      h("p", { class: "legend" }, say("changes")), this.diff);
    this.turn(this.firstField());
  }

  firstField() {
    const filled = this.answer.fields.filter((name) => this.answer.original(name));
    return filled.includes("reasoning") ? "reasoning" : filled[0] || "answer";
  }

  turn(name) {
    this.field = name;
    this.box.value = this.answer.now(name);
    this.tabs.forEach((tab, place) => {
      tab.setAttribute("aria-pressed", String(this.answer.fields[place] === name));
    });
    this.drawDiff();
  }

  drawDiff() {
    const pieces = difference(this.answer.original(this.field), this.answer.now(this.field));
    const last = pieces.length - 1;
    this.diff.replaceChildren(...(pieces.some(([change]) => change !== "same")
      ? pieces.map(([change, text], place) => h(TAGS[change], {},
        change === "same" ? shortened(text, place > 0, place < last) : text))
      : [h("span", { class: "faint" }, say("no_change_yet"))]));
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
    this.element.scrollIntoView({ block: "nearest" });
  }
}
