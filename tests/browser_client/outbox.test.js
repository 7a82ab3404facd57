import assert from "node:assert/strict";
import test, { beforeEach, mock } from "node:test";

import { newKey, Outbox } from "../../pages/parts/review/browser/outbox.js";
import { freshStorage } from "./storage.js";

const NAME = "diq-review:scope";
let storage;

beforeEach(() => {
  storage = freshStorage();
  mock.timers.reset();
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
});

function made(send = () => {}) {
  const messages = [];
  const outbox = new Outbox("scope", (message) => { messages.push(message); send(); }, () => {});
  return { outbox, messages };
}

function kept() {
  return JSON.parse(storage.getItem(NAME));
}

test("every message carries all that is open, under the next number", () => {
  const { outbox, messages } = made();
  outbox.add({ key: "a" });
  outbox.add({ key: "b" }, { key: "c" });
  assert.deepEqual(messages, [
    { scope: "scope", number: 1, requests: [{ key: "a" }] },
    { scope: "scope", number: 2, requests: [{ key: "a" }, { key: "b" }, { key: "c" }] },
  ]);
});

test("a request is kept until it is acknowledged, whatever else is", () => {
  const { outbox } = made();
  outbox.add({ key: "a" }, { key: "b" });
  assert.deepEqual(outbox.settle({ other: { ok: true } }), []);
  assert.deepEqual(outbox.settle({ b: { ok: false } }), [[{ key: "b" }, { ok: false }]]);
  assert.deepEqual(kept().requests, [{ key: "a" }]);
  const both = { a: { ok: true }, b: { ok: false } };
  assert.deepEqual(outbox.settle(both), [[{ key: "a" }, { ok: true }]]);
  assert.deepEqual(outbox.requests, []);
  assert.equal(storage.getItem(NAME), null, "nothing stays behind");
});

test("what is open outlives the page, and waits from then on", () => {
  made().outbox.add({ key: "a" });
  mock.timers.tick(5000);
  const { outbox, messages } = made();
  assert.deepEqual(outbox.requests, [{ key: "a" }]);
  assert.equal(outbox.since, Date.now());
  outbox.flush();
  assert.deepEqual(messages[0].requests, [{ key: "a" }]);
});

test("another scope sees nothing of it", () => {
  made().outbox.add({ key: "a" });
  assert.deepEqual(new Outbox("other", () => {}, () => {}).requests, []);
});

test("two windows share what is open", () => {
  const [first, second] = [made(), made()];
  first.outbox.add({ key: "a" });
  second.outbox.add({ key: "b" });
  assert.deepEqual(second.messages[0].requests, [{ key: "a" }, { key: "b" }]);
  second.outbox.settle({ a: { ok: true } });
  assert.deepEqual(first.outbox.requests, [{ key: "b" }]);
});

test("without an acknowledgement it is sent again, but not at once", () => {
  const { outbox, messages } = made();
  outbox.add({ key: "a" });
  mock.timers.tick(2500);
  outbox.beat();
  assert.equal(messages.length, 1);
  mock.timers.tick(1);
  outbox.beat();
  assert.deepEqual(messages.map((one) => one.number), [1, 2]);
  assert.deepEqual(messages[1].requests, [{ key: "a" }]);
  outbox.settle({ a: { ok: true } });
  mock.timers.tick(10_000);
  outbox.beat();
  assert.equal(messages.length, 2);
});

test("a message that cannot be sent is tried again", () => {
  const { outbox, messages } = made(() => { throw new Error("no connection"); });
  outbox.add({ key: "a" });
  mock.timers.tick(2501);
  outbox.beat();
  assert.equal(messages.length, 2);
  assert.deepEqual(outbox.requests, [{ key: "a" }]);
});

test("it waits since the first open request, and no longer once all are settled", () => {
  const { outbox } = made();
  assert.equal(outbox.since, null);
  outbox.add({ key: "a" });
  const first = Date.now();
  mock.timers.tick(3000);
  outbox.add({ key: "b" });
  assert.equal(outbox.since, first);
  outbox.settle({ a: { ok: true } });
  assert.equal(outbox.since, Date.now());
  outbox.settle({ b: { ok: true } });
  assert.equal(outbox.since, null);
});

test("without storage the memory of the page has to do, and that is known", () => {
  storage.full = true;
  const { outbox, messages } = made();
  outbox.add({ key: "a" });
  outbox.add({ key: "b" });
  assert.deepEqual(messages[1].requests, [{ key: "a" }, { key: "b" }]);
  assert.equal(outbox.stored, false);
  storage.full = false;
  outbox.add({ key: "c" });
  assert.equal(outbox.stored, true);
  assert.equal(kept().requests.length, 3);
});

test("drafts are kept for each sample, and a draft is sent without becoming a request", () => {
  const { outbox, messages } = made();
  outbox.keepDraft("s1", { comment: "x" });
  outbox.keepDraft("s2", { comment: "y" });
  outbox.keepDraft("s2", null);
  assert.deepEqual(made().outbox.draft("s1"), { comment: "x" });
  assert.equal(outbox.draft("s2"), null);
  outbox.flush({ key: "d" });
  assert.deepEqual(messages[0].requests, [{ key: "d" }]);
  assert.deepEqual(outbox.requests, []);
});

test("with nothing to say nothing is sent", () => {
  const { outbox, messages } = made();
  outbox.flush();
  outbox.beat();
  assert.deepEqual(messages, []);
});

test("keys are 32 hexadecimal digits, each another", () => {
  const keys = Array.from({ length: 100 }, newKey);
  assert.equal(new Set(keys).size, 100);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});
