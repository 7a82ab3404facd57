// A small form, and cards to judge by it: what the server sends, as far as the tests need it.

import { readFileSync } from "node:fs";

import { speak } from "../../pages/parts/review/browser/wording.js";

const ENGLISH = new URL("../../assets/desk/en.json", import.meta.url);
speak(JSON.parse(readFileSync(ENGLISH, "utf8")));

const LEVELS = [1, 2, 3].map((level) => ({ level, label: `L${level}`, anchor: `level ${level}` }));

export const FORM = {
  scales: [
    { key: "safety", title: "Safety", question: "Safe?", levels: LEVELS },
    { key: "logic", title: "Logic", question: "Sound?", levels: LEVELS },
  ],
  verdicts: [
    { key: "accept", label: "Accept", help: "", excuses: false },
    { key: "accept_with_edit", label: "Accept with edit", help: "", excuses: false },
    { key: "reject", label: "Reject", help: "", excuses: false },
    { key: "unsure", label: "Unsure", help: "", excuses: true },
  ],
  flags: [
    { key: "unsafe", label: "Unsafe", help: "", excuses: false, contradicts: ["accept"] },
    { key: "not_medical", label: "Not medical", help: "", excuses: true, contradicts: ["accept"] },
  ],
  marks: [{ key: "wrong", label: "Wrong", help: "" }, { key: "unsupported", label: "?", help: "" }],
  preferences: [{ key: "left", label: "Left", help: "" }, { key: "same", label: "Same", help: "" }],
};

export function card(sample, more = {}) {
  return {
    sample, kind: "verdict", version: 0, answer: null, criteria: [], edits: {},
    draft: { version: 0, values: null },
    text: { question: `Question of ${sample}`, original: { reasoning: "one two", answer: "A" } },
    ...more,
  };
}

export function pair(sample, more = {}) {
  return card(sample, { kind: "preference", text: undefined, sides: [{}, {}], ...more });
}
