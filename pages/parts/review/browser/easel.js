// How a sample is put before the reviewer: text, form, the step they are at, or that none is left.

class Easel extends Connection {
  paint(card) {
    this.current = card;
    this.seconds = 0;
    this.step = 0;
    const local = this.outbox.draft(card.sample);
    const kept = local || (card.draft && card.draft.values) || card.answer;
    this.values = { ...emptyValues(), ...JSON.parse(JSON.stringify(kept || {})) };
    // A criterion may have been withdrawn since it was answered.
    const asked = new Set((card.criteria || []).map((one) => one.key));
    this.values.criteria = Object.fromEntries(Object.entries(this.values.criteria).filter(([name]) => asked.has(name)));
    this.panel = new Panel(this.data.form, card, this.values, () => this.typed());
    const sample = card.kind === "preference"
      ? h("div", { class: "pair" }, card.sides.map((side, place) => h("div", { class: "side" },
        h("h2", {}, place ? "Right" : "Left"), drawSample(side, null))))
      : drawSample(card.text, (step) => this.panel.markers(step));
    this.sampleBox.replaceChildren(
      card.looks ? h("p", { class: "note" }, "A second look: you were unsure about this one.") : "", sample);
    this.panelBox.replaceChildren(this.panel.element);
    this.find(".complaints").replaceChildren(this.panel.complaint);
    this.place.classList.remove("idle");
    this.place.classList.toggle("is-pair", card.kind === "preference");
    this.place.dataset.sample = card.sample;
    this.showMarks();
    this.drawState();
    this.fit();
    // The top of the sample comes into view, however far the last one was scrolled.
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
    this.place.style.setProperty("--above", `${Math.round(Math.min(top, window.innerHeight / 2.5))}px`);
  }

  drawEmpty() {
    this.current = null;
    this.panel = null;
    delete this.place.dataset.sample;
    this.place.classList.add("idle");
    const open = this.outbox.requests.length;
    const more = this.data.left > 0 && open;
    this.sampleBox.replaceChildren(h("div", { class: "done", role: "status" },
      h("h2", {}, more || open ? "One moment" : "Nothing is left for you here"),
      h("p", {}, more || open
        ? `${count(open, "verdict")} of yours are kept in this browser and on their way. Leave this page open.`
        : "You have judged every sample of this queue that is meant for you. Thank you.")));
    this.panelBox.replaceChildren();
    this.find(".complaints").replaceChildren();
    this.drawState();
  }

  moveStep(by) {
    const lines = [...this.sampleBox.querySelectorAll("li[data-step]")];
    if (!lines.length || this.current.kind === "preference") return;
    this.step = Math.min(lines.length, Math.max(1, this.step + by));
    lines.forEach((line, place) => line.classList.toggle("here", place + 1 === this.step));
    lines[this.step - 1].scrollIntoView({ block: "nearest" });
    this.said.textContent = `Step ${this.step}`;
  }

  showMarks() {
    for (const line of this.sampleBox.querySelectorAll("li[data-step]")) {
      const step = Number(line.dataset.step);
      const marks = this.values.marks.filter((one) => one[0] === step).map((one) => one[1]);
      line.classList.toggle("marked", marks.length > 0);
      line.querySelectorAll("input[data-mark]").forEach((box) => { box.checked = marks.includes(box.dataset.mark); });
    }
  }
}
