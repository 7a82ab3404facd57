// One sample as it is read: question, options, reasoning step by step, answer.

import { h, words } from "./elements.js";
import { canBeShown } from "./image.js";

export function drawSample(text, marks) {
  if (text.gone) {
    const gone = "This sample is not in the dataset any more. Skip it.";
    return h("div", { class: "card" }, words(gone));
  }
  const parts = [];
  if (text.id) parts.push(h("div", { class: "id" }, h("bdi", {}, text.id)));
  if (text.system) parts.push(section("Instruction to the model", words(text.system)));
  for (const turn of text.history) {
    parts.push(section(["Earlier: ", h("bdi", {}, turn.role)], words(turn.text)));
  }
  if (text.context) parts.push(section("Context", words(text.context)));
  parts.push(section("Question", words(text.question, "asked"), drawOptions(text)));
  for (const image of text.images) parts.push(drawImage(image));
  const title = text.steps.length > 1 ? `Reasoning in ${text.steps.length} steps` : "Reasoning";
  parts.push(section(title, drawSteps(text, marks)));
  const label = text.label ? h("b", {}, h("bdi", {}, text.label), ". ") : null;
  const answer = words(text.answer || "No answer is given.");
  parts.push(section("Answer", h("div", { class: "answer" }, label, answer)));
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
      option.right ? h("span", { class: "right-word" }, "right answer") : null)));
}

function drawImage(image) {
  if (!canBeShown(image)) {
    return words(`Image ${image.name} cannot be shown: it is not there or cannot be read.`);
  }
  return h("img", { src: image.url, alt: `Image ${image.name}` });
}

function drawSteps(text, marks) {
  if (!text.steps.length) {
    return words("No reasoning is given: judge what the answer says.", "faint");
  }
  const lines = text.steps.map((step, place) =>
    h("li", { "data-step": String(place + 1) }, words(step), marks ? marks(place + 1) : null));
  if (text.more) {
    lines.push(h("li", { class: "more" }, `${text.more} more characters are not shown.`));
  }
  return h("ol", { class: "steps" }, lines);
}
