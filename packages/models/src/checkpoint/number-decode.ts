import { fail } from "@rsdix/internal";
import { HOST_IS_LITTLE_ENDIAN, halfToFloatBits } from "./number-bits";

/** Bytes of each kind of number that can be read. */
export const NUMBER_BYTES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;

/** What checkpoints hold: floats become float32, integers and booleans int32. */
export type NumberType = keyof typeof NUMBER_BYTES;

/** Numbers as they lie in a file. */
export interface Stored {
  readonly type: NumberType;
  readonly littleEndian: boolean;
  /** The array that they belong to, for messages. */
  readonly name: string;
}

/** Memory for `count` numbers as they will be; OUT_OF_MEMORY where there is none. */
export function allocate({ type, name }: Stored, count: number): Float32Array | Int32Array {
  try {
    return isFloat(type) ? new Float32Array(count) : new Int32Array(count);
  } catch (error) {
    return fail("OUT_OF_MEMORY", `"${name}" has ${count} elements, for which there is no memory.`, error);
  }
}

/** What the numbers become. */
export function isFloat(type: NumberType): boolean {
  return type.includes("float");
}

/**
 * Numbers that lie one behind the other, to `data` from `to` on. The kinds that weights are of have loops of their own: through a DataView
 * and a call each, a model of 400 MB takes seconds.
 */
export function decodeRun(bytes: Uint8Array, stored: Stored, data: Float32Array | Int32Array, to: number): void {
  const { type, littleEndian } = stored;
  const count = bytes.byteLength / NUMBER_BYTES[type];
  if (littleEndian && HOST_IS_LITTLE_ENDIAN) {
    if (type === "float32" || type === "int32") {
      new Uint8Array(data.buffer, data.byteOffset + 4 * to, bytes.byteLength).set(bytes);
      return;
    }
    if (type === "float16" || type === "bfloat16") {
      const halves = aligned(bytes);
      const bits = new Int32Array(data.buffer, data.byteOffset + 4 * to, count);
      if (type === "bfloat16") for (let i = 0; i < count; i++) bits[i] = halves[i]! << 16;
      else for (let i = 0; i < count; i++) bits[i] = halfToFloatBits(halves[i]!);
      return;
    }
  }
  const element = elementOf(bytes, stored);
  for (let i = 0; i < count; i++) data[to + i] = element(i);
}

function aligned(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset } = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint16Array(buffer, byteOffset, bytes.byteLength / 2);
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** A float32 by its bits; a NaN's bits may change on the way, which no model counts on. */
function fromBits(value: number): number {
  bits[0] = value;
  return float[0]!;
}

/**
 * What gives one number of them by its place, for those that don't lie one behind the other.
 *
 * @throws FILE_CORRUPT (the function that is returned) for an integer that doesn't fit 32 bits.
 */
export function elementOf(bytes: Uint8Array, { type, littleEndian: little, name }: Stored): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const misfit = (value: number | bigint) => fail("FILE_CORRUPT", `"${name}": ${value} doesn't fit 32 bits.`);
  switch (type) {
    case "float64":
      return (i) => view.getFloat64(8 * i, little);
    case "float32":
      return (i) => view.getFloat32(4 * i, little);
    case "float16":
      return (i) => fromBits(halfToFloatBits(view.getUint16(2 * i, little)));
    case "bfloat16":
      return (i) => fromBits(view.getUint16(2 * i, little) << 16);
    case "int64":
    case "uint64":
      return (i) => {
        const [low, high] = [view.getInt32(8 * i + (little ? 0 : 4), little), view.getInt32(8 * i + (little ? 4 : 0), little)];
        if (type === "int64" && high !== low >> 31) misfit(view.getBigInt64(8 * i, little));
        if (type === "uint64" && (high !== 0 || low < 0)) misfit(view.getBigUint64(8 * i, little));
        return low;
      };
    case "int32":
      return (i) => view.getInt32(4 * i, little);
    case "uint32":
      return (i) => {
        const value = view.getUint32(4 * i, little);
        return value > 0x7fffffff ? misfit(value) : value;
      };
    case "int16":
      return (i) => view.getInt16(2 * i, little);
    case "uint16":
      return (i) => view.getUint16(2 * i, little);
    case "int8":
      return (i) => view.getInt8(i);
    case "uint8":
      return (i) => view.getUint8(i);
    case "bool":
      return (i) => (view.getUint8(i) === 0 ? 0 : 1);
  }
}
