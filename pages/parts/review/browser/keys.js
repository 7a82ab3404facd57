// Which key does what. Keys reach the desk wherever the focus is, but never while text is typed.

import {
  CRITERION_KEYS, FLAG_KEYS, MARK_KEYS, PREFERENCE_KEYS, VERDICT_KEYS,
} from "./letters.js";

const TYPED_INTO =
  "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])";
// Outside of the desk these answer to Enter, the space bar and the arrows themselves.
const WORKED_BY_KEY =
  "button, a, summary, [role=tab], [role=option], [role=combobox], [role=radio]";

export class Keys {
  constructor(desk) {
    this.desk = desk;
  }

  // Does what the key of this event stands for, unless the key is meant for something else.
  press(event) {
    const { desk } = this;
    if (!desk.alive || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      const save = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (save) handled(event, () => desk.submit());
      return;
    }
    const target = event.composedPath()[0];
    if (!(target instanceof Element) || this.behindDialog()) return;
    const inside = event.composedPath().includes(desk.place);
    if (target.matches(TYPED_INTO)) {
      if (inside && event.key === "Escape") handled(event, () => this.leaveText());
      return;
    }
    const letter = event.key.length === 1 && event.key !== " ";
    if (!inside && !letter && target.closest(WORKED_BY_KEY)) return;
    if (event.key === "Enter" && (event.repeat || target.closest("button, a, summary"))) return;
    const work = this.work(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (work) handled(event, work);
  }

  // Without a connection the window in front is streamlit's, and it is closed again.
  behindDialog() {
    return this.desk.connection.connected && document.querySelector('[role="dialog"]') !== null;
  }

  // Returns what the key of this name does now, or null.
  work(name) {
    const { desk } = this;
    if (name === "z") return () => desk.undo();
    if (!desk.panel) return null;
    if (name === "l") return () => desk.later();
    if (desk.panel.isClosed) return this.reading(name);
    if (name === "Enter") return () => desk.submit();
    if (name === "c") return () => desk.panel.comment.focus();
    if (desk.current.kind === "preference") {
      const preference = choiceOf(PREFERENCE_KEYS, name);
      return preference ? () => desk.panel.set("preference", preference) : null;
    }
    if (name === "Backspace") return () => desk.panel.back();
    return this.reading(name) || this.choice(name, desk.panel);
  }

  reading(name) {
    if (name === "j") return () => this.desk.moveStep(1);
    if (name === "k") return () => this.desk.moveStep(-1);
    return null;
  }

  choice(name, panel) {
    const level = Number(name);
    if (level >= 1 && level <= 5) {
      const place = Math.min(panel.active, panel.scales.length - 1);
      if (level <= (panel.form.scales[place]?.levels.length ?? 0)) {
        return () => panel.setLevel(place, level);
      }
    }
    const verdict = choiceOf(VERDICT_KEYS, name);
    if (verdict) return () => panel.set("verdict", verdict);
    const flag = choiceOf(FLAG_KEYS, name);
    if (flag) return () => panel.toggleFlag(flag);
    const mark = panel.form.marks[MARK_KEYS.indexOf(name)];
    const { step } = this.desk;
    if (mark && step) return () => panel.toggleMark(step, mark.key);
    const criterion = CRITERION_KEYS.indexOf(name);
    return criterion >= 0 ? () => panel.cycleCriterion(criterion) : null;
  }

  leaveText() {
    const { panel } = this.desk;
    (panel.verdicts || panel.preferences).inputs[0].focus({ preventScroll: true });
  }
}

function choiceOf(letters, name) {
  return Object.keys(letters).find((choice) => letters[choice] === name);
}

function handled(event, work) {
  event.preventDefault();
  event.stopImmediatePropagation();
  work();
}
