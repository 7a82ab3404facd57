import assert from "node:assert/strict";
import test, { beforeEach, mock } from "node:test";

import { Answer, emptyValues } from "../../pages/parts/review/browser/answer.js";
import { Decisions } from "../../pages/parts/review/browser/decisions.js";
import { card, FORM, pair } from "./form.js";
import { freshStorage } from "./storage.js";

// A desk without a page: what is decided and what is sent, with nothing drawn.
class DeskWithoutPage extends Decisions {
  constructor() {
    super();
    this.alive = true;
    this.connection = {};
    this.messages = [];
    this.seen = new Map();
    this.problems = [];
    this.root = { querySelector: () => ({}) };
    this.send = (message) => { this.messages.push(structuredClone(message)); };
  }

  paint(one) {
    this.current = one;
    this.seconds = 0;
    this.values = this.valuesFor(one);
    const answer = new Answer(FORM, one, this.values);
    this.panel = { card: one, answer, values: this.values, complaint: {},
      missing: () => answer.missing() };
  }

  drawEmpty() {
    this.current = null;
    this.panel = null;
  }

  drawState() {}

  drawProblems() {}

  showMarks() {}

  decide(values) {
    Object.assign(this.values, values);
    this.typed();
  }

  last() {
    return this.messages.at(-1).requests.at(-1);
  }

  answer(acknowledged, more = {}) {
    this.receive({ ...this.data, ...more, acknowledged });
  }
}

const JUDGED = { scales: { safety: 2, logic: 3 }, verdict: "reject" };

beforeEach(() => {
  freshStorage();
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date", "setTimeout"], now: 1_000_000 });
});

function desk(cards, more = {}) {
  const made = new DeskWithoutPage();
  const data = { scope: "scope", acknowledged: {}, history: [], form: FORM, cards };
  made.receive({ ...data, ...more });
  return made;
}

test("a verdict is sent as it was given, and the next sample is there at once", () => {
  const made = desk([card("s1", { version: 4 }), card("s2")]);
  made.decide({ ...JUDGED, comment: "why" });
  made.seconds = 12.34;
  made.submit();
  const { key, draft, ...request } = made.last();
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual(request, {
    kind: "verdict", sample: "s1", version: 4, seconds: 12.3,
    values: { ...JUDGED, flags: [], marks: [], criteria: {}, comment: "why" },
  });
  assert.equal(made.current.sample, "s2");
  assert.equal(made.outbox.draft("s1"), null);
});

test("what is not complete is not sent; what is missing is said", () => {
  const made = desk([card("s1")]);
  made.decide({ verdict: "reject" });
  made.submit();
  assert.match(made.panel.complaint.textContent, /"Safety" has no level yet/);
  assert.equal(made.current.sample, "s1");
  assert.deepEqual(made.messages, []);
});

test("of a pair only the preference and the comment are sent", () => {
  const made = desk([pair("p1")]);
  made.decide({ preference: "left", comment: "clearer" });
  made.submit();
  assert.equal(made.last().kind, "preference");
  assert.deepEqual(made.last().values, { preference: "left", comment: "clearer" });
});

test("an edit goes before its verdict, and only where it changes something", () => {
  const made = desk([card("s1")]);
  made.decide({ ...JUDGED, verdict: "accept_with_edit",
    edits: { reasoning: "one three", answer: "A" } });
  made.submit();
  const [edit, verdict, ...rest] = made.messages.at(-1).requests;
  assert.deepEqual({ ...edit, key: "" }, {
    key: "", kind: "edit", field: "reasoning", sample: "s1", text: "one three", version: 0,
  });
  assert.equal(verdict.kind, "verdict");
  assert.equal("edits" in verdict.values, false);
  assert.deepEqual(rest, []);
});

test("an edit back to the original takes the saved edit back", () => {
  const edits = { answer: { version: 3, text: "B", target: "t" } };
  const made = desk([card("s1", { edits })]);
  made.decide({ ...JUDGED, verdict: "accept_with_edit",
    edits: { answer: "A", reasoning: "new" } });
  made.submit();
  const [undo, edit] = made.messages.at(-1).requests;
  assert.deepEqual({ ...undo, key: "" }, {
    key: "", kind: "undo", what: "edit", field: "answer", sample: "s1", target: "t",
  });
  assert.equal(edit.field, "reasoning");
});

test("edits are left alone when the verdict does not take them", () => {
  const made = desk([card("s1")]);
  made.decide({ ...JUDGED, edits: { reasoning: "one three" } });
  made.submit();
  assert.deepEqual(made.messages.at(-1).requests.map((one) => one.kind), ["verdict"]);
});

test("a verdict on its way is taken back by its own key, and the form is as it was", () => {
  const made = desk([card("s1"), card("s2")]);
  made.decide(JUDGED);
  made.submit();
  const { key } = made.last();
  made.undo();
  assert.deepEqual({ ...made.last(), key: "" },
    { key: "", kind: "undo", what: "verdict", sample: "s1", of: key });
  assert.equal(made.current.sample, "s1");
  assert.deepEqual(made.values.scales, JUDGED.scales);
  assert.equal(made.current.version, 2, "the verdict and its undoing count");
  assert.deepEqual(made.past(), []);
});

test("a verdict of an earlier session is taken back by what the server calls it", () => {
  const history = [{ sample: "s9", kind: "verdict", target: "t9", version: 5, choice: "accept",
    answer: { verdict: "accept", scales: { safety: 3, logic: 3 } } }];
  const made = desk([card("s1")], { history });
  made.undo();
  assert.equal(made.last().target, "t9");
  assert.deepEqual(made.past(), []);
  assert.equal(made.current.sample, "s1", "until the server sends the other one");
  made.answer({}, { cards: [card("s9", { version: 5 })] });
  assert.equal(made.current.sample, "s9");
  assert.equal(made.values.verdict, "accept");
  assert.equal(made.current.version, 6);
});

test("the last verdict stands first among those that can be taken back", () => {
  const history = [{ sample: "s9", kind: "verdict", target: "t", version: 1, choice: "accept" }];
  const made = desk([card("s1"), card("s2")], { history });
  made.decide(JUDGED);
  made.submit();
  made.decide(JUDGED);
  made.submit();
  assert.deepEqual(made.past().map((one) => one.sample), ["s2", "s1", "s9"]);
});

test("a refused verdict comes back into the form, with its complaint", () => {
  const made = desk([card("s1"), card("s2")]);
  made.decide({ ...JUDGED, comment: "why" });
  made.submit();
  const refusal = { ok: false, version: 7, what: "Judged elsewhere", todo: "look again" };
  made.answer({ [made.last().key]: refusal });
  assert.deepEqual(made.problems, [{ sample: "s1", kind: "verdict", answer: refusal }]);
  made.reopen(made.problems[0]);
  assert.equal(made.current.sample, "s1");
  assert.equal(made.current.version, 7);
  assert.equal(made.values.comment, "why");
});

test("a sample put aside is not offered again while that is on its way", () => {
  const made = desk([card("s1"), card("s2")]);
  made.later();
  assert.deepEqual({ ...made.last(), key: "" }, { key: "", kind: "skip", sample: "s1" });
  assert.equal(made.current.sample, "s2");
  made.later();
  assert.equal(made.current, null);
});

test("a draft is sent after a pause, once, and not while something is on its way", () => {
  const made = desk([card("s1", { draft: { version: 2, values: null } }), card("s2")]);
  made.decide({ comment: "ha" });
  mock.timers.tick(1000);
  made.decide({ comment: "half" });
  mock.timers.tick(1499);
  assert.deepEqual(made.messages, []);
  mock.timers.tick(1);
  assert.equal(made.last().kind, "draft");
  assert.equal(made.last().version, 2);
  assert.equal(made.last().values.comment, "half");
  made.sendDraft();
  assert.equal(made.messages.length, 1);
  made.answer({ [made.last().key]: { ok: true, version: 3 } });
  assert.equal(made.current.draft.version, 3);
  made.later();
  made.decide({ comment: "second" });
  mock.timers.tick(1500);
  assert.equal(made.last().kind, "skip", "the draft rests in the browser");
  assert.equal(made.outbox.draft("s2").comment, "second");
});

test("a draft that was changed elsewhere is not sent over it", () => {
  const made = desk([card("s1")]);
  made.decide({ comment: "mine" });
  mock.timers.tick(1500);
  made.answer({ [made.last().key]: { ok: false } });
  made.decide({ comment: "mine still" });
  mock.timers.tick(1500);
  assert.equal(made.messages.length, 1);
});

test("an answer to a criterion that was withdrawn is not kept", () => {
  const answer = { ...emptyValues(), criteria: { old: true, new: false } };
  const made = desk([card("s1", { answer, criteria: [{ key: "new", text: "?" }] })]);
  assert.deepEqual(made.values.criteria, { new: false });
});

test("a card sent again does not know yet of the verdict on its way", () => {
  const made = desk([card("s1"), card("s2")]);
  made.decide({ ...JUDGED, verdict: "accept_with_edit", edits: { answer: "B" } });
  made.submit();
  made.answer({}, { cards: [card("s1"), card("s2")] });
  assert.equal(made.seen.get("s1").version, 1);
  assert.equal(made.seen.get("s1").edits.answer.text, "B");
  assert.equal(made.current.sample, "s2");
});

test("a new page counts what an earlier one left on its way", () => {
  const first = desk([card("s1"), card("s2")]);
  first.decide(JUDGED);
  first.submit();
  const second = desk([card("s1"), card("s2")]);
  assert.equal(second.current.sample, "s2");
  second.undo();
  assert.equal(second.current.sample, "s1");
  assert.equal(second.current.version, 2);
  mock.timers.tick(0);
  assert.deepEqual(second.last().kind, "undo");
});

test("a verdict on what cannot be seen is not sent", () => {
  const made = desk([card("s1", { text: { images: [{ name: "b.png", url: null }] } })]);
  made.decide(JUDGED);
  made.submit();
  assert.match(made.panel.complaint.textContent, /b.png cannot be shown/);
  assert.deepEqual(made.messages, []);
});
