// How a sample is put before the reviewer: text, form, the step they are at, or that none is left.

import { emptyValues, formFor } from "./answer.js";
import { h } from "./elements.js";
import { Panel } from "./panel.js";
import { drawSample } from "./sample.js";
import { Status } from "./status.js";
import { say, sayCount } from "./wording.js";

export class Easel extends Status {
  paint(card) {
    this.current = card;
    this.seconds = 0;
    this.step = 0;
    this.values = this.valuesFor(card);
    const form = formFor(this.data.form, card);
    this.panel = new Panel(form, card, this.values, () => this.typed());
    this.sampleBox.replaceChildren(
      card.looks ? h("p", { class: "note" }, say("second_look")) : "", this.drawText(card));
    this.panelBox.replaceChildren(this.panel.element);
    this.find(".complaints").replaceChildren(this.panel.complaint);
    this.place.classList.remove("idle");
    this.place.classList.toggle("is-pair", card.kind === "preference");
    this.place.dataset.sample = card.sample;
    this.find(".submit").disabled = this.panel.isClosed;
    this.showMarks();
    this.drawState();
    this.fit();
    this.bringIntoView();
  }

  // What was chosen for this sample before: in this browser, in a draft, in the last answer.
  valuesFor(card) {
    const kept = this.outbox.draft(card.sample) || card.draft?.values || card.answer || {};
    const values = { ...emptyValues(), ...structuredClone(kept) };
    // A criterion may have been withdrawn since it was answered.
    const asked = new Set((card.criteria || []).map((one) => one.key));
    values.criteria = Object.fromEntries(
      Object.entries(values.criteria).filter(([name]) => asked.has(name)));
    return values;
  }

  // An image that did not arrive closes the form, and one that did after all opens it again.
  repaint(card) {
    if (card !== this.current) return;
    const { seconds } = this;
    this.paint(card);
    this.seconds = seconds;
  }

  drawText(card) {
    const viewer = (images) => this.viewer(images, () => this.repaint(card));
    if (card.kind !== "preference") {
      const heading = h("h2", { class: "said" }, say("sample"));
      return h("div", {}, heading, drawSample(card.text, (step) => this.panel.markers(step), viewer));
    }
    return h("div", { class: "pair" }, card.sides.map((side, place) =>
      h("div", { class: "side" }, h("h2", {}, say(place ? "right" : "left")), drawSample(side, null, viewer))));
  }

  // The top of the sample comes into view, however far the last one was scrolled.
  bringIntoView() {
    if (this.head.getBoundingClientRect().top < 0) this.head.scrollIntoView({ block: "start" });
    this.sampleBox.scrollTop = 0;
    this.find(".side-panel").scrollTop = 0;
    if (this.started) this.panel.element.querySelector("input").focus({ preventScroll: true });
    this.started = true;
  }

  // Sample and form share what the window has left below the head of the page.
  fit() {
    const main = document.querySelector('[data-testid="stMain"]');
    const top = this.find(".columns").getBoundingClientRect().top + (main ? main.scrollTop : 0);
    const above = Math.round(Math.min(top, window.innerHeight / 2.5));
    this.place.style.setProperty("--above", `${above}px`);
  }

  drawEmpty() {
    this.current = null;
    this.panel = null;
    delete this.place.dataset.sample;
    this.place.classList.add("idle");
    const open = this.outbox.requests.length;
    this.sampleBox.replaceChildren(h("div", { class: "done", role: "status" },
      h("h2", {}, say(open ? "one_moment" : "nothing_left")),
      h("p", {}, open ? sayCount("on_their_way", open) : say("all_judged"))));
    this.panelBox.replaceChildren();
    this.find(".complaints").replaceChildren();
    this.drawState();
  }

  get stepLines() {
    return [...this.sampleBox.querySelectorAll("li[data-step]")];
  }

  moveStep(by) {
    const lines = this.stepLines;
    if (!lines.length || this.current.kind === "preference") return;
    this.step = Math.min(lines.length, Math.max(1, this.step + by));
    lines.forEach((line, place) => line.classList.toggle("here", place + 1 === this.step));
    lines[this.step - 1].scrollIntoView({ block: "nearest" });
    this.said.textContent = say("step", { step: this.step });
  }

  showMarks() {
    for (const line of this.stepLines) {
      const step = Number(line.dataset.step);
      const marks = this.values.marks.filter((one) => one[0] === step).map((one) => one[1]);
      line.classList.toggle("marked", marks.length > 0);
      line.querySelectorAll("input[data-mark]").forEach((box) => {
        box.checked = marks.includes(box.dataset.mark);
      });
    }
  }
}
