// What of an image is seen: where it lies, how large, and through which window. No page is needed.

const STEP = 1.25;
// A drag over this many points of the screen changes the window by all the values there are.
const SWEEP = 400;
const LARGEST = 32;

export class Sight {
  // `image` has width, height, low, high and window; `frame` is the place in which it is drawn.
  constructor(image) {
    this.image = image;
    this.frame = { width: 1, height: 1, density: 1 };
    this.reset();
  }

  reset() {
    this.window = [...this.image.window];
    this.inverted = false;
    this.fit();
  }

  // ---- place and size, in points of the screen

  resize(width, height, density) {
    const fitted = this.fitted;
    this.frame = { width: Math.max(1, width), height: Math.max(1, height), density };
    if (fitted) this.fit();
    else this.hold();
  }

  get smallest() {
    const { width, height, density } = this.frame;
    const fits = Math.min(width / this.image.width, height / this.image.height);
    // A picture of few points is not blown up beyond recognition.
    return Math.min(fits, 8 / density);
  }

  fit() {
    this.fitted = true;
    this.scale = this.smallest;
    this.hold();
  }

  // One point of the image on one point of the screen.
  actual() {
    this.zoomTo(1 / this.frame.density);
  }

  get percent() {
    return Math.round(this.scale * this.frame.density * 100);
  }

  zoom(steps, at) {
    this.zoomTo(this.scale * STEP ** steps, at);
  }

  // What lies at `at` in the frame stays there.
  zoomTo(scale, at = { x: this.frame.width / 2, y: this.frame.height / 2 }) {
    const least = Math.min(this.smallest, 1 / this.frame.density);
    const next = Math.min(Math.max(this.smallest * LARGEST, LARGEST / this.frame.density),
      Math.max(least, scale));
    this.left = at.x - ((at.x - this.left) * next) / this.scale;
    this.top = at.y - ((at.y - this.top) * next) / this.scale;
    this.scale = next;
    this.fitted = false;
    this.hold();
  }

  move(right, down) {
    this.left += right;
    this.top += down;
    this.hold();
  }

  // Keeps it in the frame: what is smaller lies in the middle, what is larger leaves no gap.
  hold() {
    this.left = held(this.left ?? 0, this.frame.width, this.image.width * this.scale);
    this.top = held(this.top ?? 0, this.frame.height, this.image.height * this.scale);
  }

  // Whether there is anything beyond the frame to move to.
  get movable() {
    return this.image.width * this.scale > this.frame.width + 1
      || this.image.height * this.scale > this.frame.height + 1;
  }

  // ---- the window, in the image's own unit

  get level() {
    return (this.window[0] + this.window[1]) / 2;
  }

  get width() {
    return this.window[1] - this.window[0];
  }

  // The span within which level and width are moved: that of what the file asks for and holds.
  get span() {
    const [dark, bright] = this.image.window;
    return Math.max(bright - dark, (this.image.high - this.image.low) / 65535) || 1;
  }

  setWindow(level, width) {
    const { low, high } = this.image;
    const wide = Math.min(2 * (high - low), Math.max(width, this.span / 200));
    const middle = Math.min(high, Math.max(low, level));
    this.window = [middle - wide / 2, middle + wide / 2];
  }

  // To the right is more contrast, upwards brighter.
  drag(right, down) {
    this.setWindow(this.level + (down / SWEEP) * this.span,
      this.width - (right / SWEEP) * this.span);
  }

  brighter(steps) {
    this.setWindow(this.level - steps * (this.span / 20), this.width);
  }

  contrast(steps) {
    this.setWindow(this.level, this.width / STEP ** steps);
  }

  get changed() {
    return this.window.some((value, place) => value !== this.image.window[place]);
  }
}

function held(start, frame, size) {
  if (size <= frame) return (frame - size) / 2;
  return Math.min(0, Math.max(frame - size, start));
}
