// The words on a map, laid over its canvas; all of them are text, whatever a sample says.

const EDGE = 3;

export class Words {
  constructor() {
    this.sheet = document.createElement("div");
    this.sheet.className = "diq-map-words";
    this.tip = document.createElement("div");
    this.tip.className = "diq-map-tip";
    this.tip.hidden = true;
  }

  // `ink` is how the page looks: colour of text and ground, and its letters.
  draw(picture, view, ink) {
    for (const one of [this.sheet, this.tip]) {
      one.style.setProperty("--diq-ink", ink.text);
      one.style.setProperty("--diq-ground", ink.ground);
      one.style.setProperty("--diq-font", ink.font);
    }
    const { box } = view;
    const ends = { left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height };
    this.sheet.replaceChildren();
    this.#put("note", [picture.note], { left: ends.left, bottom: ends.top - 12 }, ends);
    for (const line of picture.lines) this.#line(line, view, ends);
    for (const label of picture.labels) this.#corner(label, ends);
    for (const spot of picture.spots) {
      const [x, y] = [view.x(spot.x), view.y(spot.y)];
      if (view.holds(x, y)) this.#put("spot", [spot.text], { left: x, top: y }, ends);
    }
  }

  #line(line, view, ends) {
    if (line.x !== null) {
      const x = view.x(line.x);
      if (x < ends.left || x > ends.right) return;
      this.#put("line", [line.label], { left: x + EDGE, bottom: ends.bottom }, ends);
      return;
    }
    const y = view.y(line.y);
    if (y < ends.top || y > ends.bottom) return;
    const side = line.faint ? { left: ends.left } : { right: ends.right };
    this.#put("line", [line.label], { ...side, bottom: y - 1 }, ends);
  }

  #corner(label, ends) {
    const [up, across] = label.corner.split(" ");
    const dot = document.createElement("i");
    dot.style.background = label.colour;
    const first = [label.colour ? dot : "", bold(label.name), ` ${label.beside}`];
    const second = [label.before, bold(label.chosen), " chosen"];
    const place = { [across]: ends[across], [up]: ends[up] + (up === "top" ? -EDGE : EDGE) };
    this.#put(`corner diq-map-${across}`, [...first, document.createElement("br"), ...second],
      place, ends);
  }

  // `place` says where which edges of the text lie on the chart.
  #put(kind, parts, place, ends) {
    const text = document.createElement("div");
    text.className = `diq-map-${kind}`;
    text.append(...parts);
    const whole = this.sheet.parentElement?.getBoundingClientRect() ?? { width: 0, height: 0 };
    if (place.left !== undefined) text.style.left = `${place.left}px`;
    if (place.right !== undefined) text.style.right = `${whole.width - place.right}px`;
    if (place.top !== undefined) text.style.top = `${place.top}px`;
    if (place.bottom !== undefined) text.style.bottom = `${whole.height - place.bottom}px`;
    text.style.maxWidth = `${ends.right - ends.left}px`;
    this.sheet.append(text);
  }

  // Says what lies at a point: an id and first words, as far as known, and a sentence of ranks.
  show(x, y, name, sentence, width) {
    const [id, words] = name ?? ["", ""];
    const rank = document.createElement("div");
    rank.textContent = sentence;
    const lines = document.createElement("div");
    lines.textContent = words;
    this.tip.replaceChildren(...(id ? [bold(id), lines] : []), rank);
    this.tip.hidden = false;
    const isLeft = x > width / 2;
    this.tip.style.left = isLeft ? "" : `${x + 12}px`;
    this.tip.style.right = isLeft ? `${width - x + 12}px` : "";
    this.tip.style.top = `${Math.max(0, y - 20)}px`;
  }

  hide() {
    this.tip.hidden = true;
  }
}

function bold(text) {
  const made = document.createElement("b");
  made.textContent = text;
  return made;
}

// "{0}" of the sentence is the first rank; a dot without all of them is not scored.
export function sentenceOf(picture, at) {
  const count = picture.ranks.length / picture.x.length;
  const ranks = [...picture.ranks.subarray(at * count, (at + 1) * count)];
  if (ranks.some((rank) => rank < 0)) return "not scored";
  return picture.words.replace(/\{(\d)\}/g, (_, place) => ranks[Number(place)]);
}
