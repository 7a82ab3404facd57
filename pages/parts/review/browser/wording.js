// The desk's own words: they come with the form, in the same language, and say the same to all.

import { h } from "./elements.js";

const KEY = /\[(.+?)\]/;
let table = {};
let plural = new Intl.PluralRules("en");

export function speak({ language, words }) {
  table = words;
  plural = new Intl.PluralRules(language);
}

// Returns the words of this name, with what stands in braces filled in.
export function say(name, values = {}) {
  if (!(name in table)) throw new Error(`The desk has no words for ${name}`);
  return table[name].replace(/\{(\w+)\}/g, (_, value) => String(values[value]));
}

// Words of which there is one for each plural form of the language: `name.one`, `name.other`.
export function sayCount(name, count) {
  const form = `${name}.${plural.select(count)}`;
  return say(form in table ? form : `${name}.other`, { count });
}

// Puts words into what the page brings empty; what stands in brackets is drawn as a key.
export function fill(root) {
  for (const place of root.querySelectorAll("[data-say]")) {
    const pieces = say(place.dataset.say).split(KEY);
    place.replaceChildren(...pieces.map((piece, at) => (at % 2 ? h("kbd", {}, piece) : piece)));
  }
  for (const place of root.querySelectorAll("[data-say-title]")) {
    place.title = say(place.dataset.sayTitle);
  }
  for (const place of root.querySelectorAll("[data-say-label]")) {
    place.setAttribute("aria-label", say(place.dataset.sayLabel));
  }
}
