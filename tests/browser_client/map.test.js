// What lies on a map: the bytes it comes in, where its dots lie, and what is said of them.

import assert from "node:assert/strict";
import test from "node:test";

import { isChosen, isMarked, unpack } from "../../pages/parts/explore/browser/packed.js";
import { nearest, View } from "../../pages/parts/explore/browser/view.js";
import { sentenceOf } from "../../pages/parts/explore/browser/words.js";

const LAYOUT = {
  xaxis: { range: [0, 10], _offset: 50, _length: 200 },
  yaxis: { range: [-1, 1], _offset: 30, _length: 100 },
};

function packed(head, arrays) {
  let at = 0;
  const parts = [];
  const places = {};
  for (const [name, kind, array] of arrays) {
    places[name] = [kind, at, array.length];
    const part = new Uint8Array(Math.ceil(array.byteLength / 8) * 8);
    part.set(new Uint8Array(array.buffer));
    parts.push(part);
    at += part.length;
  }
  const text = JSON.stringify({ ...head, arrays: places });
  const length = Math.ceil((text.length + 4) / 8) * 8 - 4;
  const whole = new Uint8Array(4 + length + at);
  new DataView(whole.buffer).setUint32(0, length, true);
  whole.set(new TextEncoder().encode(text.padEnd(length)), 4);
  let start = 4 + length;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

test("a picture is read wherever its bytes begin", () => {
  const bytes = packed({ token: "t" }, [
    ["x", "f4", Float32Array.of(1.5, -2)], ["rows", "i4", Int32Array.of(7, 8)],
    ["ranks", "i1", Int8Array.of(-1, 99)], ["marks", "u1", Uint8Array.of(1, 2)],
  ]);
  const odd = new Uint8Array(bytes.length + 3);
  odd.set(bytes, 3);
  const picture = unpack(odd.subarray(3));
  assert.equal(picture.token, "t");
  assert.deepEqual([...picture.x], [1.5, -2]);
  assert.deepEqual([...picture.rows], [7, 8]);
  assert.deepEqual([...picture.ranks], [-1, 99]);
  assert.deepEqual([...picture.marks].map(isChosen), [true, false]);
  assert.deepEqual([...picture.marks].map(isMarked), [false, true]);
});

test("positions lie where the axes say, and what is outside is not held", () => {
  const view = new View(LAYOUT);
  assert.deepEqual([view.x(0), view.x(5), view.y(1), view.y(-1)], [50, 150, 30, 130]);
  assert.ok(view.holds(50, 130) && !view.holds(49, 100) && !view.holds(60, 131));
});

test("a part is said only where something is left out", () => {
  const view = new View(LAYOUT);
  assert.equal(view.part([[0, 10], [-1, 1]]), null);
  assert.equal(view.part([[1, 9], [-1, 1]]), null);
  assert.deepEqual(view.part([[0, 11], [-1, 1]]), [0, 10, -1, 1]);
});

test("the nearest dot within reach is found", () => {
  const picture = { x: [0, 5, 5.1], y: [0, 0, 0] };
  const view = new View(LAYOUT);
  assert.equal(nearest(picture, view, 151.5, 80, 12), 2);
  assert.equal(nearest(picture, view, 149, 80, 12), 1);
  assert.equal(nearest(picture, view, 100, 80, 12), -1);
});

test("a dot without all of its ranks is not scored", () => {
  const picture = { x: [0, 0], ranks: Int8Array.of(10, 20, 30, -1), words: "over {1} and {0} %" };
  assert.equal(sentenceOf(picture, 0), "over 20 and 10 %");
  assert.equal(sentenceOf(picture, 1), "not scored");
});
