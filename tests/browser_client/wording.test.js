import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";

import { obstacle } from "../../pages/parts/review/browser/image.js";
import { say, sayCount, speak } from "../../pages/parts/review/browser/wording.js";

const LANGUAGES = new URL("../../assets/desk/", import.meta.url);
const BROWSER = new URL("../../pages/parts/review/browser/", import.meta.url);
// A name of words stands in quotation marks wherever it is used, in a module or in the page.
const NAME = /"([a-z]+(?:_[a-z]+)*)"/g;

function language(code) {
  return JSON.parse(readFileSync(new URL(`${code}.json`, LANGUAGES), "utf8"));
}

function sources() {
  return readdirSync(BROWSER).filter((name) => /\.(js|html)$/.test(name))
    .map((name) => readFileSync(new URL(name, BROWSER), "utf8")).join("\n");
}

test("what stands in braces is filled in", () => {
  speak(language("en"));
  assert.equal(say("progress", { done: 3, left: 4 }), "3 judged · 4 to go");
  assert.equal(say("step", { step: "{done}" }), "Step {done}");
  assert.throws(() => say("nothing_of_the_kind"), /no words for nothing_of_the_kind/);
});

test("a number takes the form that its language has for it", () => {
  speak(language("en"));
  assert.match(sayCount("on_their_way", 1), /^1 verdict of yours is kept/);
  assert.match(sayCount("on_their_way", 2), /^2 verdicts of yours are kept/);
  speak(language("de"));
  assert.match(sayCount("on_their_way", 1), /^1 Urteil von Ihnen liegt/);
  speak(language("zh"));
  assert.match(sayCount("on_their_way", 1), /^您的 1 个结论/);
});

test("a sentence of one module is in the language that the desk speaks", () => {
  speak(language("de"));
  assert.equal(obstacle({ text: { gone: true } }), "Dieses Beispiel ist nicht mehr im Datensatz.");
});

test("every name of words that is used is there, and every one that is there is used", () => {
  const source = sources();
  const used = new Set([...source.matchAll(NAME)].map((found) => found[1]));
  const there = new Set(Object.keys(language("en").words).map((name) => name.split(".")[0]));
  assert.deepEqual([...there].filter((name) => !used.has(name)), []);
  const said = /(?:say|sayCount)\("([a-z_]+)"|data-say(?:-title|-label)?="([a-z_]+)"/g;
  const asked = [...source.matchAll(said)].map((found) => found[1] || found[2]);
  assert.ok(asked.length > 50);
  assert.deepEqual(asked.filter((name) => !there.has(name)), []);
});
