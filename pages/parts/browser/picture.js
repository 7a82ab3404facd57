// A picture as numbers: fetched from this app's own address, unpacked, and drawn through a window.
// The window is two numbers in the picture's own unit: what is drawn black and what white.

// Streamlit serves this module three folders below the app.
const APP = new URL("../../../", import.meta.url);
const LENT = /^\/media\/[\w.-]+$/;
// Packed pictures that are kept, so that turning back and forth asks once.
const KEPT = 12;
const packed = new Map();

// Returns the numbers of an image; never asks any address but those that this app lends.
export async function load(image) {
  const bytes = await unzip(await fetched(image.url));
  return numbers(bytes, image);
}

// Asks for an image that will be wanted soon.
export function prefetch(image) {
  if (image.url) fetched(image.url).catch(() => {});
}

function fetched(url) {
  if (!LENT.test(url)) return Promise.reject(new Error("not an address of this app"));
  const known = packed.get(url) || ask(url);
  packed.delete(url);
  packed.set(url, known);
  if (packed.size > KEPT) packed.delete(packed.keys().next().value);
  return known;
}

function ask(url) {
  const asked = fetch(new URL(url.slice(1), APP)).then((answer) => {
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.arrayBuffer();
  });
  asked.catch(() => packed.delete(url));
  return asked;
}

async function unzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

// Adds up the differences in which a row is packed; `bytes` has the low byte of a value first.
export function numbers(bytes, { width, height, channels, bits }) {
  const deep = bits === 16;
  if (bytes.byteLength !== width * height * channels * (deep ? 2 : 1)) {
    throw new Error("another number of pixels than said");
  }
  const values = deep ? words(bytes) : new Uint8Array(bytes);
  const row = width * channels;
  for (let at = 0; at < values.length; at += 1) {
    if (at % row >= channels) values[at] += values[at - channels];
  }
  return values;
}

function words(bytes) {
  const view = new DataView(bytes);
  return Uint16Array.from({ length: bytes.byteLength / 2 }, (_, at) => view.getUint16(at * 2, true));
}

// Returns the grey from 0 to 255 in which each stored value is drawn.
export function greys(image, [dark, bright], inverted = false) {
  const most = image.bits === 16 ? 65535 : 255;
  const step = (image.high - image.low) / most;
  const table = new Uint8ClampedArray(most + 1);
  for (let value = 0; value <= most; value += 1) {
    const number = image.low + value * step;
    const grey = bright > dark
      ? ((number - dark) / (bright - dark)) * 255
      : number > dark ? 255 : 0;
    table[value] = inverted ? 255 - Math.min(255, Math.max(0, grey)) : grey;
  }
  return table;
}

// Fills the four channels of a canvas from the values of a picture.
export function shade(values, channels, table, into) {
  const green = channels === 3 ? 1 : 0;
  for (let from = 0, to = 0; from < values.length; from += channels, to += 4) {
    into[to] = table[values[from]];
    into[to + 1] = table[values[from + green]];
    into[to + 2] = table[values[from + 2 * green]];
    into[to + 3] = 255;
  }
}
