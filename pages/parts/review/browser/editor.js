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
    this.element.scrollIntoView({ block: "nearest" });
  }

  // Fields that now differ from the original.
  changes() {
    return this.fields.map(([name]) => name).filter((name) => this.now(name) !== this.original(name));
  }
}
