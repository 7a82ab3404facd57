import assert from "node:assert/strict";
import test from "node:test";

import { difference, shortened } from "../../pages/parts/review/browser/difference.js";

function side(pieces, change) {
  const kept = pieces.filter(([kind]) => kind === "same" || kind === change);
  return kept.map(([, text]) => text).join("");
}

test("equal texts are one unchanged piece, and two empty ones are none", () => {
  assert.deepEqual(difference("a b", "a b"), [["same", "a b"]]);
  assert.deepEqual(difference("", ""), []);
});

test("one word is replaced between what stays", () => {
  assert.deepEqual(difference("give 5 mg now", "give 50 mg now"), [
    ["same", "give "], ["removed", "5"], ["added", "50"], ["same", " mg now"],
  ]);
});

test("words that stay between two changes are kept", () => {
  assert.deepEqual(difference("a b c", "x b y"), [
    ["removed", "a"], ["added", "x"], ["same", " b "], ["removed", "c"], ["added", "y"],
  ]);
});

test("a change of blanks alone is a change", () => {
  assert.deepEqual(difference("a b", "a  b"), [
    ["same", "a"], ["removed", " "], ["added", "  "], ["same", "b"],
  ]);
});

test("the pieces give back both texts, whatever they are", () => {
  // A small generator of numbers, so that the texts are the same each time.
  let state = 7;
  const next = (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
  const signs = ["a", "b", "ü", " ", "\n"];
  const text = () => Array.from({ length: next(9) }, () => signs[next(signs.length)]).join("");
  for (let round = 0; round < 500; round++) {
    const [before, after] = [text(), text()];
    const pieces = difference(before, after);
    assert.equal(side(pieces, "removed"), before);
    assert.equal(side(pieces, "added"), after);
  }
});

test("texts too long to compare word by word are shown as removed and added", () => {
  const [before, after] = ["x ".repeat(1200), "y ".repeat(1200)];
  const pieces = difference(`same ${before}`, `same ${after}`);
  assert.deepEqual(pieces.map(([change]) => change), ["same", "removed", "added", "same"]);
  assert.equal(side(pieces, "removed"), `same ${before}`);
  assert.equal(side(pieces, "added"), `same ${after}`);
});

test("of a long unchanged stretch only what is beside a change is shown", () => {
  const text = `${"a".repeat(200)}${"b".repeat(200)}`;
  assert.equal(shortened(text, true, true), `${"a".repeat(120)} … ${"b".repeat(120)}`);
  assert.equal(shortened(text, true, false), `${"a".repeat(120)} … `);
  assert.equal(shortened(text, false, true), ` … ${"b".repeat(120)}`);
  assert.equal(shortened("short", true, true), "short");
});
