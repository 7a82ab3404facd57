import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { Keys } from "../../pages/parts/review/browser/keys.js";
import { card, FORM, pair } from "./form.js";

// An element as far as keys ask for it: which of the selectors' tags it is, and what it is in.
class FakeElement {
  constructor(tag, inside = []) {
    this.tag = tag;
    this.inside = inside;
  }

  matches(selector) {
    return selector.split(/,\s*/).includes(this.tag);
  }

  closest(selector) {
    return [this, ...this.inside].find((one) => one.matches(selector)) ?? null;
  }
}

let dialog;
beforeEach(() => {
  dialog = null;
  globalThis.Element = FakeElement;
  globalThis.document = { querySelector: () => dialog };
});

function desk(current = card("s"), more = {}) {
  const done = [];
  const note = (name) => (...given) => { done.push([name, ...given]); };
  const focus = (name) => ({ focus: () => { done.push([`focus ${name}`]); } });
  return {
    done, current, alive: true, step: 0, place: new FakeElement("div"),
    connection: { connected: true },
    submit: note("submit"), undo: note("undo"), later: note("later"), moveStep: note("moveStep"),
    panel: {
      form: FORM, active: 0, scales: [{}, {}], comment: focus("comment"),
      verdicts: { inputs: [focus("verdicts")] },
      set: note("set"), setLevel: note("setLevel"), toggleFlag: note("toggleFlag"),
      toggleMark: note("toggleMark"), cycleCriterion: note("cycleCriterion"), back: note("back"),
    },
    ...more,
  };
}

function press(of, key, { tag = "div", inside = true, around = [], ...more } = {}) {
  const target = new FakeElement(tag, around);
  const event = {
    key, ...more, stopped: 0,
    composedPath: () => [target, ...around, ...(inside ? [of.place] : [])],
    preventDefault() { event.stopped++; },
    stopImmediatePropagation() { event.stopped++; },
  };
  new Keys(of).press(event);
  assert.equal(event.stopped, of.done.length ? 2 : 0, "a key that did something goes no further");
  return of.done.splice(0);
}

test("each key does what the help of the desk says", () => {
  const of = desk();
  const expected = {
    a: ["set", "verdict", "accept"], e: ["set", "verdict", "accept_with_edit"],
    r: ["set", "verdict", "reject"], u: ["set", "verdict", "unsure"],
    w: ["toggleFlag", "factually_wrong"], s: ["toggleFlag", "unsafe"],
    q: ["toggleFlag", "flawed_question"], p: ["toggleFlag", "phi"],
    n: ["toggleFlag", "not_medical"], 6: ["cycleCriterion", 0], 9: ["cycleCriterion", 3],
    j: ["moveStep", 1], k: ["moveStep", -1], c: ["focus comment"], Backspace: ["back"],
    Enter: ["submit"], l: ["later"], z: ["undo"], A: ["set", "verdict", "accept"],
  };
  for (const [key, what] of Object.entries(expected)) assert.deepEqual(press(of, key), [what], key);
});

test("a number chooses the level of the open scale, if the scale has it", () => {
  const of = desk();
  assert.deepEqual(press(of, "3"), [["setLevel", 0, 3]]);
  of.panel.active = 1;
  assert.deepEqual(press(of, "1"), [["setLevel", 1, 1]]);
  of.panel.active = 2;
  assert.deepEqual(press(of, "2"), [["setLevel", 1, 2]], "behind the last one: the last one");
  assert.deepEqual(press(of, "4"), []);
  assert.deepEqual(press(of, "0"), []);
});

test("marks are for the step one is at", () => {
  const of = desk();
  assert.deepEqual(press(of, "x"), []);
  of.step = 2;
  assert.deepEqual(press(of, "x"), [["toggleMark", 2, "wrong"]]);
  assert.deepEqual(press(of, "v"), [["toggleMark", 2, "unsupported"]]);
  assert.deepEqual(press(of, "b"), [], "this form has no third mark");
});

test("a pair has keys of its own", () => {
  const of = desk(pair("s"));
  assert.deepEqual(press(of, "1"), [["set", "preference", "left"]]);
  assert.deepEqual(press(of, "2"), [["set", "preference", "same"]]);
  assert.deepEqual(press(of, "3"), [["set", "preference", "right"]]);
  for (const key of ["4", "a", "j", "Backspace"]) assert.deepEqual(press(of, key), [], key);
  assert.deepEqual(press(of, "Enter"), [["submit"]]);
});

test("without a sample only taking back is left", () => {
  const of = desk(null, { panel: null });
  assert.deepEqual(press(of, "Enter"), []);
  assert.deepEqual(press(of, "a"), []);
  assert.deepEqual(press(of, "z"), [["undo"]]);
});

test("what is typed into a text is typed, and can be left and saved", () => {
  const of = desk();
  for (const key of ["a", "Enter", "z", "1"]) {
    assert.deepEqual(press(of, key, { tag: "textarea" }), [], key);
  }
  assert.deepEqual(press(of, "Escape", { tag: "textarea" }), [["focus verdicts"]]);
  assert.deepEqual(press(of, "Escape", { tag: "textarea", inside: false }), []);
  assert.deepEqual(press(of, "Enter", { tag: "textarea", ctrlKey: true }), [["submit"]]);
});

test("keys with Control, Command or Alt belong to the browser", () => {
  const of = desk();
  for (const held of ["ctrlKey", "metaKey", "altKey"]) {
    assert.deepEqual(press(of, "a", { [held]: true }), [], held);
  }
  assert.deepEqual(press(of, "Enter", { metaKey: true }), [["submit"]]);
  assert.deepEqual(press(of, "Enter", { altKey: true }), []);
});

test("a letter being composed is no key yet", () => {
  assert.deepEqual(press(desk(), "a", { isComposing: true }), []);
});

test("a button outside of the desk keeps Enter and the space bar, but no letter", () => {
  const of = desk();
  const button = { tag: "button", inside: false };
  for (const key of ["Enter", " ", "Backspace"]) assert.deepEqual(press(of, key, button), [], key);
  assert.deepEqual(press(of, "a", button), [["set", "verdict", "accept"]]);
  assert.deepEqual(press(of, "Backspace", { tag: "button" }), [["back"]]);
});

test("Enter on a button presses the button, and Enter held down saves once", () => {
  const of = desk();
  assert.deepEqual(press(of, "Enter", { tag: "button" }), []);
  assert.deepEqual(press(of, "Enter", { tag: "b", around: [new FakeElement("summary")] }), []);
  assert.deepEqual(press(of, "Enter", { repeat: true }), []);
});

test("a window in front of the page has the keys, unless it is about the lost connection", () => {
  const of = desk();
  dialog = new FakeElement("div");
  assert.deepEqual(press(of, "a"), []);
  of.connection.connected = false;
  assert.deepEqual(press(of, "a"), [["set", "verdict", "accept"]]);
});

test("a desk that was taken off the page does nothing", () => {
  const of = desk(card("s"), { alive: false });
  assert.deepEqual(press(of, "a"), []);
  assert.deepEqual(press(of, "Enter", { ctrlKey: true }), []);
});

test("what cannot be judged can be read, put aside and left, and nothing else", () => {
  const of = desk();
  of.panel.isClosed = true;
  for (const key of ["1", "5", "a", "e", "r", "u", "w", "x", "c", "6", "Backspace", "Enter"]) {
    assert.deepEqual(press(of, key), [], key);
  }
  assert.deepEqual(press(of, "j"), [["moveStep", 1]]);
  assert.deepEqual(press(of, "k"), [["moveStep", -1]]);
  assert.deepEqual(press(of, "l"), [["later"]]);
  assert.deepEqual(press(of, "z"), [["undo"]]);
});
