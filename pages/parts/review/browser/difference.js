// What an edit changes, word by word.

// Two texts with more pairs of words than this are shown as one removed and one added.
const MOST_CELLS = 1000000;
// Characters that stay readable on each side of a change.
const AROUND = 120;

// What turns one text into the other: [change, text] with change "same", "removed" or "added".
export function difference(before, after) {
  const left = before.match(/\s+|[^\s]+/g) || [];
  const right = after.match(/\s+|[^\s]+/g) || [];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (
    end < left.length - start && end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  ) end++;
  const middle = between(
    left.slice(start, left.length - end), right.slice(start, right.length - end));
  const pieces = [
    ["same", left.slice(0, start).join("")],
    ...middle,
    ["same", left.slice(left.length - end).join("")],
  ];
  return pieces.filter(([, text]) => text);
}

// Leaves of an unchanged stretch what stands next to a change.
export function shortened(text, before, after) {
  const head = before ? AROUND : 0;
  const tail = after ? AROUND : 0;
  if (text.length <= head + tail + 20) return text;
  return `${text.slice(0, head)} … ${tail ? text.slice(-tail) : ""}`;
}

function between(left, right) {
  if (left.length * right.length > MOST_CELLS) {
    return [["removed", left.join("")], ["added", right.join("")]];
  }
  const width = right.length + 1;
  const common = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      common[i * width + j] = left[i] === right[j]
        ? common[(i + 1) * width + j + 1] + 1
        : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const pieces = [];
  const add = (change, text) => {
    const last = pieces[pieces.length - 1];
    if (last && last[0] === change) last[1] += text;
    else pieces.push([change, text]);
  };
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      add("same", left[i]);
      i++;
      j++;
    } else if (
      i < left.length &&
      (j === right.length || common[(i + 1) * width + j] >= common[i * width + j + 1])
    ) {
      add("removed", left[i++]);
    } else {
      add("added", right[j++]);
    }
  }
  return pieces;
}
