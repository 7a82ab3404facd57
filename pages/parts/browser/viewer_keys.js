// Which key does what while the focus is in the viewer. None of them is a key of the reviewers' desk
// or of a button of a page, so each means one thing wherever the focus is.

const NUDGE = 40;

// Returns what this key does to the viewer, or undefined.
export function keys(viewer, event) {
  const inStage = event.target.classList.contains("stage");
  const slides = event.target.type === "range";
  const change = (work, repaint) => () => viewer.change(work, repaint);
  const move = (right, down) => inStage && change((sight) => sight.move(right, down));
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (slides && (name.startsWith("Arrow") || name.startsWith("Page"))) return undefined;
  return {
    "+": change((sight) => sight.zoom(1)),
    "=": change((sight) => sight.zoom(1)),
    "-": change((sight) => sight.zoom(-1)),
    0: change((sight) => sight.fit()),
    t: change((sight) => sight.actual()),
    g: change((sight) => { sight.inverted = !sight.inverted; }, true),
    d: change((sight) => sight.reset(), true),
    "[": change((sight) => sight.brighter(-1), true),
    "]": change((sight) => sight.brighter(1), true),
    ",": change((sight) => sight.contrast(-1), true),
    ".": change((sight) => sight.contrast(1), true),
    ArrowLeft: move(NUDGE, 0),
    ArrowRight: move(-NUDGE, 0),
    ArrowUp: move(0, NUDGE),
    ArrowDown: move(0, -NUDGE),
    PageUp: viewer.images.length > 1 && (() => viewer.turn(-1)),
    PageDown: viewer.images.length > 1 && (() => viewer.turn(1)),
  }[name];
}
