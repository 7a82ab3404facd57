// Draws a picture on a canvas: shade, histograms along the edges, dots, lines.

import { isChosen, isMarked } from "./packed.js";

const SHADE = [124, 135, 148];
const MANY = 2000;
const CROWD = 1500;

export class Paper {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "diq-dots";
    this.layer = document.createElement("canvas");
    this.shade = null;
    this.shaded = null;
  }

  // `ink` are the colours of the page: text and ground.
  draw(picture, view, size, ink) {
    const { canvas, layer } = this;
    const ratio = window.devicePixelRatio || 1;
    for (const one of [canvas, layer]) {
      one.width = Math.round(size.width * ratio);
      one.height = Math.round(size.height * ratio);
    }
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    const pen = canvas.getContext("2d");
    const over = layer.getContext("2d");
    pen.scale(ratio, ratio);
    over.scale(ratio, ratio);
    pen.beginPath();
    pen.rect(view.box.x, view.box.y, view.box.width, view.box.height);
    pen.clip();
    this.#margins(pen, picture, view);
    this.#density(pen, picture, view);
    this.#dots(pen, over, picture, view, size, ink);
    this.#lines(pen, picture, view);
  }

  #density(pen, picture, view) {
    if (!picture.shape) return;
    if (this.shaded !== picture.density) {
      this.shade = shadeOf(picture);
      this.shaded = picture.density;
    }
    const [[left, right], [bottom, top]] = picture.spans;
    const [x, y] = [view.x(left), view.y(top)];
    pen.imageSmoothingEnabled = true;
    pen.drawImage(this.shade, x, y, view.x(right) - x, view.y(bottom) - y);
  }

  #margins(pen, picture, view) {
    const styles = [[picture.cut, 0.32], [picture.accent, 0.45]];
    picture.margins.forEach((both, at) => {
      const [low, high] = picture.spans[at];
      both.forEach((heights, which) => {
        [pen.fillStyle, pen.globalAlpha] = styles[which];
        const step = (high - low) / heights.length;
        pen.beginPath();
        heights.forEach((height, bar) => {
          const [from, to] = [low + bar * step, low + (bar + 1) * step];
          if (at === 0) {
            const tall = height * view.box.height;
            const bottom = view.box.y + view.box.height;
            pen.rect(view.x(from), bottom - tall, view.x(to) - view.x(from), tall);
          } else {
            const long = height * view.box.width;
            pen.rect(view.box.x, view.y(to), long, view.y(from) - view.y(to));
          }
        });
        pen.fill();
      });
    });
    pen.globalAlpha = 1;
  }

  #dots(pen, over, picture, view, size, ink) {
    const { x, code, marks, colours, opened } = picture;
    const all = [...x.keys()];
    const chosen = all.filter((at) => isChosen(marks[at]));
    const marked = all.filter((at) => isMarked(marks[at]));
    const small = x.length > MANY ? 3.4 : 5.5;
    // A crowd of chosen points needs no size to be seen, and would hide its own shape.
    const [large, solid] = chosen.length > CROWD ? [3.8, 0.8] : [small + 2, 1];
    const ring = marked.length < CROWD ? 5 : 2.8;
    const own = (at) => colours[code[at]];
    // Each layer is laid over the others as a whole, so that dots upon each other grow no stronger.
    const put = (places, width, opacity, colour) => {
      if (!places.length) return;
      over.clearRect(0, 0, size.width, size.height);
      blots(over, picture, view, places, width / 2, colour);
      pen.globalAlpha = opacity;
      pen.drawImage(this.layer, 0, 0, size.width, size.height);
      pen.globalAlpha = 1;
    };
    const rest = all.filter((at) => !isChosen(marks[at]));
    put(rest, small, chosen.length ? 0.55 : 0.8, own);
    put(marked, large + ring, 0.9, () => picture.accent);
    put(all.filter((at) => marks[at] > 0), large + ring / 2.5, solid, () => ink.ground);
    put(marked.filter((at) => !isChosen(marks[at])), small, 0.6, own);
    put(chosen, large, solid, own);
    if (opened) {
      for (const [colour, width] of [[ink.text, 20], [ink.ground, 15], [ink.text, 9]]) {
        blot(pen, view.x(opened[0]), view.y(opened[1]), width / 2, colour);
      }
    }
  }

  #lines(pen, picture, view) {
    const { box } = view;
    pen.strokeStyle = picture.cut;
    for (const line of picture.lines) {
      pen.lineWidth = line.faint ? 1 : 1.6;
      pen.setLineDash(line.faint ? [2, 3] : []);
      pen.beginPath();
      if (line.x === null) {
        pen.moveTo(box.x, view.y(line.y));
        pen.lineTo(box.x + box.width, view.y(line.y));
      } else {
        pen.moveTo(view.x(line.x), box.y);
        pen.lineTo(view.x(line.x), box.y + box.height);
      }
      pen.stroke();
    }
    pen.setLineDash([]);
  }
}

function blots(pen, picture, view, places, radius, colour) {
  const groups = new Map();
  for (const at of places) {
    const of = colour(at);
    if (!groups.has(of)) groups.set(of, stamp(of, radius));
    const mark = groups.get(of);
    const [x, y] = [view.x(picture.x[at]), view.y(picture.y[at])];
    if (view.holds(x, y)) pen.drawImage(mark.image, x - mark.half, y - mark.half, mark.side, mark.side);
  }
}

// A dot that was drawn once: thousands of its kind are put down much faster than drawn.
function stamp(colour, radius) {
  const ratio = 2 * (window.devicePixelRatio || 1);
  const half = Math.ceil(radius) + 1;
  const image = document.createElement("canvas");
  image.width = image.height = 2 * half * ratio;
  const pen = image.getContext("2d");
  pen.scale(ratio, ratio);
  blot(pen, half, half, radius, colour);
  return { image, half, side: 2 * half };
}

function blot(pen, x, y, radius, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function shadeOf(picture) {
  const [rows, columns] = picture.shape;
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [columns, rows];
  const pen = sheet.getContext("2d");
  const image = pen.createImageData(columns, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const light = picture.density[(rows - 1 - row) * columns + column] / 255;
      image.data.set([...SHADE, 255 * opacityOf(light)], 4 * (row * columns + column));
    }
  }
  pen.putImageData(image, 0, 0);
  return sheet;
}

function opacityOf(light) {
  if (light === 0) return 0;
  return light < 0.02 ? 5 * light : 0.1 + (0.45 * (light - 0.02)) / 0.98;
}
