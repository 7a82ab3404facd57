// One sample as it is read: question, options, reasoning step by step, answer.

import { h, words } from "./elements.js";
import { say } from "./wording.js";

// `viewer` draws the images of a sample.
export function drawSample(text, marks, viewer) {
  if (text.gone) {
    return h("div", { class: "card" }, words(say("skip_gone")));
  }
  const parts = [];
  if (text.id) parts.push(h("div", { class: "id" }, h("bdi", {}, text.id)));
  if (text.system) parts.push(section(say("instruction"), words(text.system)));
  for (const turn of text.history) {
    parts.push(section([say("earlier"), " ", h("bdi", {}, turn.role)], words(turn.text)));
  }
  if (text.context) parts.push(section(say("context"), words(text.context)));
  parts.push(section(say("question"), words(text.question, "asked"), drawOptions(text)));
  if (text.images.length) parts.push(viewer(text.images));
  for (const turn of text.tools || []) {
    parts.push(section([say("before_answer"), " ", h("bdi", {}, turn.role)], words(turn.text)));
  }
  const count = text.steps.length;
  const title = say(count > 1 ? "reasoning_in_steps" : "reasoning", { count });
  parts.push(section(title, drawSteps(text, marks)));
  const label = text.label ? h("b", {}, h("bdi", {}, text.label), ". ") : null;
  const answer = words(text.answer || say("no_answer"));
  parts.push(section(say("answer"), h("div", { class: "answer" }, label, answer)));
  return h("div", { class: "card" }, parts);
}

function section(title, ...body) {
  return h("section", {}, h("h3", {}, title), ...body);
}

function drawOptions(text) {
  if (!text.options.length) return null;
  return h("ul", { class: "options" }, text.options.map((option) =>
    h("li", { class: option.right ? "right" : "" },
      h("b", {}, option.right ? "✓ " : "", h("bdi", {}, option.label)),
      words(option.text),
      option.right ? h("span", { class: "right-word" }, say("right_answer")) : null)));
}

function drawSteps(text, marks) {
  if (!text.steps.length) {
    return words(say("no_reasoning"), "faint");
  }
  const lines = text.steps.map((step, place) =>
    h("li", { "data-step": String(place + 1) }, words(step), marks ? marks(place + 1) : null));
  if (text.more) {
    lines.push(h("li", { class: "more" }, say("more_characters", { count: text.more })));
  }
  return h("ol", { class: "steps" }, lines);
}
