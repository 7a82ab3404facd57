// The images of a sample: which can be shown, and why a sample without them is not judged.

import { say } from "./wording.js";

// Only what the server lends is ever shown, never an address; the viewer marks what did not arrive.
export function canBeShown(image) {
  return Boolean(image.url) && image.url.startsWith("/media/") && !image.failed;
}

// Says why the sample or pair of a card cannot be judged; empty = it can.
export function obstacle(card) {
  const texts = card.sides || [card.text];
  if (texts.some((text) => text?.gone)) return say("sample_gone");
  const unseen = texts.flatMap((text) => text?.images || []).filter((one) => !canBeShown(one));
  if (!unseen.length) return "";
  const names = unseen.map((one) => one.name).join(", ");
  return say("image_missing", { names });
}
