import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { deflateSync } from "node:zlib";

import { greys, load, numbers, shade } from "../../pages/parts/browser/picture.js";
import { Sight } from "../../pages/parts/browser/sight.js";
import { keys } from "../../pages/parts/browser/viewer_keys.js";
import {
  CRITERION_KEYS, FLAG_KEYS, MARK_KEYS, PREFERENCE_KEYS, VERDICT_KEYS,
} from "../../pages/parts/review/browser/letters.js";

const LANGUAGES = new URL("../../assets/viewer/", import.meta.url);
const BROWSER = new URL("../../pages/parts/browser/", import.meta.url);
const CT = {
  width: 3, height: 2, channels: 1, bits: 16, low: -1024, high: 64511, window: [-160, 240],
};

// ---- numbers

test("a deep picture is unpacked to the very values that were packed", () => {
  // Rows 5 7 6 and 40000 65535 0, each value as the difference to the one before it.
  const apart = Uint16Array.of(5, 2, 65535, 40000, 25535, 1);
  assert.deepEqual([...numbers(apart.buffer, CT)], [5, 7, 6, 40000, 65535, 0]);
});

test("colours are added up apart", () => {
  const image = { width: 2, height: 1, channels: 3, bits: 8 };
  const bytes = Uint8Array.of(10, 20, 30, 1, 255, 0);
  assert.deepEqual([...numbers(bytes.buffer, image)], [10, 20, 30, 11, 19, 30]);
});

test("fewer or more pixels than said are no picture", () => {
  assert.throws(() => numbers(new ArrayBuffer(11), CT), /another number of pixels/);
});

test("only what this app lends is asked for", async () => {
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(String(url));
    return new Response(deflateSync(Uint8Array.of(7)));
  };
  const image = { width: 1, height: 1, channels: 1, bits: 8 };
  for (const url of ["https://elsewhere.example/media/a.bin", "//elsewhere.example/media/a",
    "/media/../secret", "data:text/plain,x", "/_stcore/health", null]) {
    await assert.rejects(load({ ...image, url }));
  }
  assert.deepEqual(asked, []);
  assert.deepEqual([...await load({ ...image, url: "/media/ab12.bin" })], [7]);
  await load({ ...image, url: "/media/ab12.bin" });
  assert.equal(asked.length, 1);
  assert.match(asked[0], /\/media\/ab12\.bin$/);
});

test("what did not arrive is asked for again", async () => {
  let answers = 0;
  globalThis.fetch = async () => {
    answers += 1;
    return answers === 1
      ? new Response("", { status: 404 })
      : new Response(deflateSync(Uint8Array.of(9)));
  };
  const image = { url: "/media/gone.bin", width: 1, height: 1, channels: 1, bits: 8 };
  await assert.rejects(load(image), /status 404/);
  assert.deepEqual([...await load(image)], [9]);
});

// ---- the window

test("a window draws its ends black and white and is straight between", () => {
  const table = greys(CT, [-160, 240]);
  // Stored values are Hounsfield units plus 1024.
  assert.equal(table[0], 0);
  assert.equal(table[1024 - 160], 0);
  assert.equal(table[1024 + 40], 128);
  assert.equal(table[1024 + 240], 255);
  assert.equal(table[65535], 255);
});

test("sixteen bits are told apart where eight would not be", () => {
  const table = greys({ ...CT, low: 0, high: 65535 }, [30000, 30255]);
  assert.deepEqual([30000, 30001, 30100].map((value) => table[value]), [0, 1, 100]);
});

test("inverting turns every grey around, also beyond the window", () => {
  const image = { bits: 8, low: 0, high: 255 };
  const plain = greys(image, [50, 200]), turned = greys(image, [50, 200], true);
  assert.ok(plain.every((value, at) => Math.abs(value + turned[at] - 255) <= 1));
  assert.deepEqual([turned[0], turned[255]], [255, 0]);
});

test("a window without width is a threshold", () => {
  const table = greys({ bits: 8, low: 0, high: 255 }, [100, 100]);
  assert.deepEqual([table[99], table[100], table[101]], [0, 0, 255]);
});

test("grey fills three channels and colours stay apart", () => {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => value);
  const into = new Uint8ClampedArray(4);
  shade([7], 1, table, into);
  assert.deepEqual([...into], [7, 7, 7, 255]);
  shade([1, 2, 3], 3, table, into);
  assert.deepEqual([...into], [1, 2, 3, 255]);
});

// ---- where it lies

function sight(width = 1000, height = 500) {
  const one = new Sight({ width, height, low: 0, high: 4095, window: [0, 4095] });
  one.resize(500, 500, 2);
  return one;
}

test("an image is fitted into its frame and lies in the middle", () => {
  const one = sight();
  assert.deepEqual([one.scale, one.left, one.top], [0.5, 0, 125]);
  assert.equal(one.percent, 100);
  assert.equal(one.movable, false);
});

test("1:1 is one point of the image on one point of the screen", () => {
  const one = sight(4000, 4000);
  one.actual();
  assert.equal(one.scale * 2, 1);
  assert.equal(one.percent, 100);
});

test("what lies under the pointer stays there", () => {
  const one = sight(4000, 4000);
  const at = { x: 120, y: 300 };
  const before = [(at.x - one.left) / one.scale, (at.y - one.top) / one.scale];
  one.zoom(3, at);
  const after = [(at.x - one.left) / one.scale, (at.y - one.top) / one.scale];
  before.forEach((value, place) => assert.ok(Math.abs(value - after[place]) < 1e-6));
});

test("no move leaves a gap, and no zoom ends nowhere", () => {
  const one = sight(4000, 4000);
  one.zoom(2);
  one.move(1e6, -1e6);
  assert.equal(one.left, 0);
  assert.equal(one.top, 500 - 4000 * one.scale);
  one.zoom(1000);
  assert.ok(one.scale <= 16);
  one.zoom(-1000);
  assert.equal(one.scale, one.smallest);
});

test("a single point and a thread of an image can be drawn", () => {
  for (const [width, height] of [[1, 1], [4096, 1], [1, 4096]]) {
    const one = sight(width, height);
    assert.ok(one.scale > 0 && Number.isFinite(one.left) && Number.isFinite(one.top));
  }
});

test("reset brings back what was seen at first", () => {
  const one = sight();
  one.zoom(3);
  one.drag(50, 20);
  one.inverted = true;
  assert.equal(one.changed, true);
  one.reset();
  assert.deepEqual([one.window, one.inverted, one.fitted], [[0, 4095], false, true]);
});

test("the window keeps a width, and its middle stays among the values", () => {
  const one = sight();
  one.setWindow(1e9, -5);
  assert.equal(one.level, 4095);
  assert.ok(one.width > 0);
  one.drag(-1e9, 0);
  assert.ok(one.width <= 2 * 4095);
});

// ---- keys and words

test("no key of the viewer is a key of the desk", () => {
  const desk = new Set([..."jkclz", ...MARK_KEYS, ...CRITERION_KEYS, ..."12345", "Enter", "Backspace",
    ...[VERDICT_KEYS, FLAG_KEYS, PREFERENCE_KEYS].flatMap((one) => Object.values(one))]);
  // Those of the reading drawer of Explore.
  for (const key of "kjxioufnsw") desk.add(key);
  const viewer = { images: [1, 2], change() {}, turn() {} };
  const target = { classList: { contains: () => true } };
  for (const key of desk) assert.ok(!keys(viewer, { key, target }), key);
  for (const key of ["+", "-", "0", "T", "g", "ArrowLeft", "PageDown"]) {
    assert.ok(keys(viewer, { key, target }), key);
  }
});

// Returns each name of words with what is to be filled in.
function shape(table) {
  return Object.entries(table).filter(([name]) => !name.endsWith(".one")).map(([name, text]) =>
    [name, [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).toSorted()]);
}

test("every language has the same words, with the same to be filled in", () => {
  const tables = readdirSync(LANGUAGES).map((name) =>
    JSON.parse(readFileSync(new URL(name, LANGUAGES), "utf8")));
  assert.equal(tables.length, readdirSync(new URL("../desk/", LANGUAGES)).length);
  for (const table of tables) assert.deepEqual(shape(table), shape(tables[0]));
});

test("every word is said somewhere", () => {
  const files = readdirSync(BROWSER).filter((name) => name.endsWith(".js"))
    .map((name) => new URL(name, BROWSER));
  files.push(new URL("../../pages/parts/viewer.py", import.meta.url));
  files.push(new URL("../../diq_core/data/viewing.py", import.meta.url));
  const said = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const english = JSON.parse(readFileSync(new URL("en.json", LANGUAGES), "utf8"));
  for (const name of Object.keys(english)) {
    assert.ok(said.includes(`"${name.split(".")[0]}"`), name);
  }
});
