const MAGIC = "\x93NUMPY\x01\x00";
/** Data begin at a multiple of it. */
const ALIGNMENT = 64;
/** Magic, and the header's length in 2 bytes. */
const PREAMBLE = MAGIC.length + 2;

/**
 * A vector as a file of NumPy's, version 1.0: `numpy.load` gives float32 `[n]`.
 *
 * @param values The numbers.
 * @returns The file's bytes.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(values: Float32Array): Uint8Array {
  const header = headerOf(values.length);
  const bytes = new Uint8Array(header.length + values.length * 4);
  bytes.set(header);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(header.length + 4 * i, value, true);
  return bytes;
}

/** Bytes of the file of a vector of so many numbers. */
export function npyBytes(dim: number): number {
  return headerOf(dim).length + 4 * dim;
}

function headerOf(dim: number): Uint8Array {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dim},), }`;
  const length = Math.ceil((PREAMBLE + text.length + 1) / ALIGNMENT) * ALIGNMENT - PREAMBLE;
  const size = String.fromCharCode(length & 255, length >> 8);
  const header = `${MAGIC}${size}${text.padEnd(length - 1)}\n`;
  return Uint8Array.from(header, (letter) => letter.charCodeAt(0));
}
