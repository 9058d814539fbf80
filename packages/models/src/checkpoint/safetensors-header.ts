import { fail, isRecord, show } from "@rsdix/internal";
import { refuseStandIn } from "./byte-source";
import { isShape } from "./checkpoint";
import { parseHostileJson } from "./hostile-json";
import { NUMBER_BYTES, type NumberType, type Stored } from "./number-decode";

/** What the format calls the numbers that can be read. Others (8-bit floats, complex numbers) are refused when such an array is read. */
const TYPES: Readonly<Record<string, NumberType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  U64: "uint64",
  I32: "int32",
  U32: "uint32",
  I16: "int16",
  U16: "uint16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

/** Where one array lies: offsets count from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  /** What the file calls its numbers. */
  readonly dtype: string;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  readonly entries: TensorEntry[];
  readonly metadata: Record<string, string>;
  /** Where the arrays start in the file. */
  readonly dataStart: number;
}

/** GPT-2 XL's header, of 580 arrays, has 60 kB: this is an attack on the JSON parser, though the format itself allows 100 MB. */
const MAX_HEADER_BYTES = 8_000_000;
/** An array is an object of three names in which are two lists; with its own name seven, and ten commas if it has seven axes. This is 50,000 arrays. */
const HEADER_LIMITS = { depth: 3, values: 350_000, commas: 500_000 };
/** More axes than any library takes. */
const MAX_RANK = 64;

/** The length of the header in a file of `fileLength` bytes that starts with `start`; nothing else is read yet. */
export function headerLength(start: Uint8Array, fileLength: number): number {
  refuseStandIn(start, "safetensors file");
  if (start.byteLength < 8) corrupt(`it has ${fileLength} bytes, fewer than the 8 that give the header's length`);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    fail(
      "FILE_TOO_LARGE",
      `The header claims ${length} bytes, more than ${MAX_HEADER_BYTES}. This isn't a safetensors file, or it is hostile.`,
    );
  }
  if (8 + Number(length) > fileLength) corrupt(`the header claims ${length} bytes, but the file has ${fileLength}: it is cut off`);
  return Number(length);
}

/** Parses and checks the header of a file of `fileLength` bytes; `start` has at least the header. */
export function parseHeader(start: Uint8Array, fileLength: number): SafetensorsHeader {
  const length = headerLength(start, fileLength);
  const header = parseHostileJson(start.subarray(8, 8 + length), HEADER_LIMITS, (what, cause) => corrupt(`its header ${what}`, cause));
  const { __metadata__: metadata = {}, ...arrays } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) corrupt("its metadata isn't text by name");
  const entries = Object.entries(arrays).map(([name, value]) => checkEntry(name, value));
  checkLayout(entries, fileLength - 8 - length);
  return { entries, metadata: metadata as Record<string, string>, dataStart: 8 + length };
}

function checkEntry(name: string, value: unknown): TensorEntry {
  if (!isRecord(value)) corrupt(`"${name}" isn't described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") corrupt(`"${name}" has dtype ${show(dtype)}`);
  if (!isShape(shape) || shape.length > MAX_RANK) corrupt(`"${name}" has a shape that isn't sizes`);
  if (!isShape(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    corrupt(`"${name}" has offsets that aren't where it begins and ends`);
  const [begin, end] = offsets as [number, number];
  if (Object.hasOwn(TYPES, dtype)) {
    const bytes = shape.reduce((product, size) => product * size, NUMBER_BYTES[TYPES[dtype]!]);
    if (bytes !== end - begin) corrupt(`"${name}" needs ${bytes} bytes for ${dtype} [${shape.join(", ")}], but has ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Arrays must cover the rest of the file exactly: no overlap, no hole to hide something in. */
function checkLayout(entries: readonly TensorEntry[], dataLength: number): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position)
      corrupt(`"${name}" starts at byte ${begin} of the data, where ${position} was due: arrays overlap or leave a hole`);
    position = end;
  }
  if (position !== dataLength)
    corrupt(`its arrays take ${position} bytes, but ${dataLength} follow the header: it is cut off or has a tail`);
}

/** How an array's numbers lie in the file. */
export function storedNumbers({ dtype, name }: TensorEntry): Stored {
  if (!Object.hasOwn(TYPES, dtype)) {
    corrupt(`"${name}" has dtype ${JSON.stringify(dtype.slice(0, 40))}; those that can be read are ${Object.keys(TYPES).join(", ")}`);
  }
  return { type: TYPES[dtype]!, littleEndian: true, name };
}

function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable safetensors file: ${what}.`, cause);
}
