import assert from "node:assert/strict";
import test from "node:test";

import { Answer, emptyValues, formFor } from "../../pages/parts/review/browser/answer.js";
import { card, FORM, pair } from "./form.js";

function answer(values = {}, of = card("s")) {
  return new Answer(FORM, of, { ...emptyValues(), ...values });
}

const BOTH = { safety: 2, logic: 3 };

test("the first scale without a level is open, whichever came first", () => {
  const one = answer();
  assert.equal(one.firstOpen(), 0);
  one.setLevel(1, 3);
  assert.equal(one.firstOpen(), 0);
  one.setLevel(0, 2);
  assert.equal(one.firstOpen(), 2);
  assert.deepEqual(one.values.scales, BOTH);
});

test("what is missing is named in the order of the form", () => {
  assert.match(answer().missing(), /^"Safety" has no level yet/);
  assert.match(answer({ scales: { safety: 1 } }).missing(), /^"Logic" has no level yet/);
  assert.match(answer({ scales: BOTH }).missing(), /verdict is missing: press A, E, R or U/);
  assert.equal(answer({ scales: BOTH, verdict: "accept" }).missing(), "");
});

test("a sample without reasoning is not asked about it", () => {
  const scales = FORM.scales.map((one) => ({ ...one, of_reasoning: one.key === "logic" }));
  const form = { ...FORM, scales };
  const keys = (of) => formFor(form, of).scales.map((one) => one.key);
  assert.deepEqual(keys(card("s", { text: { steps: ["One."] } })), ["safety", "logic"]);
  assert.deepEqual(keys(card("s", { text: { gone: true } })), ["safety", "logic"]);
  assert.deepEqual(keys(pair("s")), ["safety", "logic"]);
  const bare = card("s", { text: { steps: [] } });
  assert.deepEqual(keys(bare), ["safety"]);
  const one = new Answer(formFor(form, bare), bare, { ...emptyValues(), verdict: "accept" });
  assert.match(one.missing(), /^"Safety" has no level yet/);
  one.setLevel(0, 3);
  assert.equal(one.missing(), "");
});

test("who cannot judge it, or flags it as no case at all, owes no levels", () => {
  assert.equal(answer({ verdict: "unsure" }).missing(), "");
  assert.equal(answer({ verdict: "unsure" }).missingScale(), -1);
  const flagged = answer({ flags: ["not_medical"] });
  assert.equal(flagged.missingScale(), -1);
  assert.match(flagged.missing(), /verdict is missing/);
  flagged.values.verdict = "reject";
  assert.equal(flagged.missing(), "");
  assert.equal(answer({ flags: ["unsafe"], verdict: "reject" }).missingScale(), 0);
});

test("a flag that contradicts the verdict is named with it", () => {
  const one = answer({ scales: BOTH, flags: ["unsafe"], verdict: "accept" });
  assert.equal(one.missing(), 'The flag "Unsafe" does not go with "Accept": change one of them.');
  one.values.verdict = "reject";
  assert.equal(one.missing(), "");
});

test("accepting with an edit needs an edit that changes something", () => {
  const one = answer({ scales: BOTH, verdict: "accept_with_edit" });
  assert.match(one.missing(), /^Nothing was edited yet/);
  one.values.edits = { reasoning: "one two" };
  assert.match(one.missing(), /^Nothing was edited yet/);
  one.values.edits = { reasoning: "one three" };
  assert.deepEqual(one.edited(), ["reasoning"]);
  assert.equal(one.missing(), "");
});

test("what was typed comes before what was saved, and that before the original", () => {
  const of = card("s", { edits: { answer: { version: 1, text: "B", target: "t" } } });
  const one = answer({}, of);
  assert.equal(one.now("answer"), "B");
  one.values.edits.answer = "";
  assert.equal(one.now("answer"), "");
  assert.equal(one.saved("answer"), "B");
  assert.equal(one.original("answer"), "A");
  of.edits.answer.text = null;
  assert.equal(one.saved("answer"), "A");
});

test("a sample that is gone has no text to edit", () => {
  const one = answer({}, card("s", { text: { gone: true } }));
  assert.deepEqual(one.fields, []);
  assert.equal(one.now("answer"), "");
});

test("of a pair only the preference is asked", () => {
  const one = answer({}, pair("s"));
  assert.equal(one.missing(), "Choose left, right or no difference.");
  assert.equal(one.missingScale(), -1);
  one.values.preference = "left";
  assert.equal(one.missing(), "");
});

test("flags and marks go on and off, and leave the others alone", () => {
  const one = answer({ flags: ["unsafe"], marks: [[1, "wrong"], [2, "wrong"]] });
  one.toggleFlag("not_medical");
  one.toggleFlag("unsafe");
  assert.deepEqual(one.values.flags, ["not_medical"]);
  one.toggleMark(2, "unsupported");
  one.toggleMark(1, "wrong");
  assert.deepEqual(one.values.marks, [[2, "wrong"], [2, "unsupported"]]);
});

test("a criterion goes from open to yes to no and back to open", () => {
  const one = answer();
  const seen = [1, 2, 3, 4].map(() => { one.cycleCriterion("c"); return one.values.criteria.c; });
  assert.deepEqual(seen, [true, false, undefined, true]);
  one.setCriterion("c", null);
  assert.deepEqual(one.values.criteria, {});
});

const SHOWN = { name: "a.png", url: "/media/ab12.bin" };

test("without an image that belongs to it a sample is not judged", () => {
  const complete = { scales: BOTH, verdict: "accept" };
  const seen = (images) => answer(complete, card("s", { text: { images } }));
  assert.equal(seen([SHOWN]).missing(), "");
  const unseen = [null, "", "https://elsewhere.example/b.png", "data:text/html;base64,AA"]
    .map((url) => ({ name: "b.png", url }));
  for (const image of [...unseen, { ...SHOWN, name: "b.png", failed: true }]) {
    const one = seen([SHOWN, image]);
    assert.match(one.missing(), /^Without its image this cannot be judged: b.png cannot be shown/);
    assert.match(one.missing(), /Put it aside with L/);
  }
});

test("of a pair both sides have to be seen", () => {
  const unseen = { images: [{ name: "b.png", url: null }] };
  const one = answer({ preference: "left" }, pair("s", { sides: [{ images: [SHOWN] }, unseen] }));
  assert.match(one.obstacle, /b.png cannot be shown/);
});

test("a sample that is gone is not judged", () => {
  const one = answer({ verdict: "unsure" }, card("s", { text: { gone: true } }));
  assert.match(one.missing(), /not in the dataset any more/);
});
