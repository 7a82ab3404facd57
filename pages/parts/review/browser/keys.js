// Which key does what. Keys reach the desk wherever the focus is, but never while text is typed.

class Keys extends Status {
  key(event) {
    if (!this.alive || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      if (this.alive && event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.handled(event, () => this.submit());
      return;
    }
    const target = event.composedPath()[0];
    const inside = event.composedPath().includes(this.place);
    if (!(target instanceof Element) || (this.connected && document.querySelector('[role="dialog"]'))) return;
    if (target.matches("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])")) {
      if (inside && event.key === "Escape") this.handled(event, () => this.leaveText());
      return;
    }
    if (!inside && target.closest("button, a, summary, [role=tab], [role=option], [role=combobox], [role=radio]")) {
      if (event.key.length > 1 || event.key === " ") return;
    }
    if (event.key === "Enter" && (event.repeat || target.closest("button, a, summary"))) return;
    const work = this.work(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (work) this.handled(event, work);
  }

  handled(event, work) {
    event.preventDefault();
    event.stopImmediatePropagation();
    work();
  }

  work(name) {
    if (name === "z") return () => this.undo();
    if (!this.panel) return null;
    const { panel } = this;
    const pair = this.current.kind === "preference";
    if (name === "Enter") return () => this.submit();
    if (name === "c") return () => panel.comment.focus();
    if (name === "l") return () => this.later();
    if (pair) {
      const found = Object.entries(PREFERENCE_KEYS).find(([, letter]) => letter === name);
      return found ? () => panel.set("preference", found[0]) : null;
    }
    if (name === "Backspace") return () => panel.back();
    if (name === "j") return () => this.moveStep(1);
    if (name === "k") return () => this.moveStep(-1);
    return this.choice(name, panel);
  }

  choice(name, panel) {
    const level = Number(name);
    if (level >= 1 && level <= 5) {
      const place = Math.min(panel.active, panel.scales.length - 1);
      if (level <= panel.form.scales[place].levels.length) return () => panel.setLevel(place, level);
    }
    const verdict = Object.entries(VERDICT_KEYS).find(([, letter]) => letter === name);
    if (verdict) return () => panel.set("verdict", verdict[0]);
    const flag = Object.entries(FLAG_KEYS).find(([, letter]) => letter === name);
    if (flag) return () => panel.toggleFlag(flag[0]);
    const mark = panel.form.marks[MARK_KEYS.indexOf(name)];
    if (mark && this.step) return () => panel.toggleMark(this.step, mark.key);
    const criterion = CRITERION_KEYS.indexOf(name);
    if (criterion >= 0) return () => panel.cycleCriterion(criterion);
    return null;
  }

  leaveText() {
    const inputs = this.panel.verdicts || this.panel.preferences;
    inputs.inputs[0].focus({ preventScroll: true });
  }
}
