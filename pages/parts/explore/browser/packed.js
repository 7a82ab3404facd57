// Reads what `packed.py` writes: a head of words and numbers, and arrays after it.

const KINDS = { f4: Float32Array, i4: Int32Array, i1: Int8Array, u1: Uint8Array };

export function unpack(bytes) {
  // A copy, since an array of four-byte numbers has to begin at a multiple of four.
  const whole = bytes.slice().buffer;
  const length = new DataView(whole).getUint32(0, true);
  const picture = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  for (const [name, [kind, start, size]] of Object.entries(picture.arrays)) {
    picture[name] = new KINDS[kind](whole, 4 + length + start, size);
  }
  return picture;
}

export const isChosen = (mark) => (mark & 1) > 0;
export const isMarked = (mark) => (mark & 2) > 0;
