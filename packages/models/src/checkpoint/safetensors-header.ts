import { fail } from "@rsdix/internal";

/** Bytes an element of each dtype that can be read; the others (8-bit floats, booleans, doubles) don't occur in the models here. */
const DTYPE_BYTES = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 } as const;

/** Where one array lies: offsets count from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: keyof typeof DTYPE_BYTES;
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

/** The format's own limit: a larger header is an attack on the JSON parser, as no model has that many arrays. */
const MAX_HEADER_BYTES = 100_000_000;

/** The length of the header in a file of `fileLength` bytes that starts with `start`; nothing else is read yet. */
export function headerLength(start: Uint8Array, fileLength: number): number {
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
  const header = parseJson(start.subarray(8, 8 + length));
  const { __metadata__: metadata = {}, ...arrays } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) corrupt("its metadata isn't text by name");
  const entries = Object.entries(arrays).map(([name, value]) => checkEntry(name, value));
  checkLayout(entries, fileLength - 8 - length);
  return { entries, metadata: metadata as Record<string, string>, dataStart: 8 + length };
}

function checkEntry(name: string, value: unknown): TensorEntry {
  if (!isRecord(value)) corrupt(`"${name}" isn't described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    corrupt(`"${name}" has dtype ${JSON.stringify(dtype)}; those that can be read are ${Object.keys(DTYPE_BYTES).join(", ")}`);
  }
  if (!isSizes(shape)) corrupt(`"${name}" has shape ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) corrupt(`"${name}" has offsets ${JSON.stringify(offsets)}`);
  const known = dtype as TensorEntry["dtype"];
  const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[known]);
  const [begin, end] = offsets as [number, number];
  if (bytes !== end - begin) corrupt(`"${name}" needs ${bytes} bytes for ${known} [${shape.join(", ")}], but has ${end - begin}`);
  return { name, dtype: known, shape, begin, end };
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

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    corrupt(`its header isn't JSON (${(error as Error).message})`, error);
  }
  if (!text.startsWith("{") || !isRecord(value)) corrupt("its header isn't a JSON object");
  const repeated = repeatedKey(text);
  if (repeated !== undefined) corrupt(`its header has "${repeated}" twice`);
  return value;
}

/** The first key that an object of a valid JSON text has twice; JSON.parse would silently keep the last. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = []; // the keys of every object and array around the current place (an array's stays empty)
  let text = "";
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") text = token;
    else {
      const key = JSON.parse(text) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable safetensors file: ${what}.`, cause);
}
