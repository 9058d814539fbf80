/** What makes a text unusable: a message's end, and the error behind it. */
export type Refuse = (what: string, cause?: unknown) => never;

/** How much a text may hold. */
interface Limits {
  /** The deepest nesting. */
  readonly depth: number;
  /** Objects, arrays and names. */
  readonly values: number;
  /** About as many as there are values of all kinds. */
  readonly commas: number;
}

/**
 * Parses a JSON object of a file from outside. JSON.parse would take gigabytes for a few megabytes of brackets, and silently keep the last
 * of two values of one name: depth and number of values are checked before, names after.
 *
 * @param limits What there may be.
 * @param refuse Throws; its message goes on with what is wrong.
 */
export function parseHostileJson(bytes: Uint8Array, limits: Limits, refuse: Refuse): Record<string, unknown> {
  if (bytes[0] !== 0x7b) refuse("isn't a JSON object");
  checkStructure(bytes, limits, refuse);
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    refuse(`isn't JSON (${(error as Error).message.slice(0, 200)})`, error);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) refuse(`has "${repeated}" twice`);
  return value as Record<string, unknown>;
}

function checkStructure(bytes: Uint8Array, limits: Limits, refuse: Refuse): void {
  let depth = 0;
  let values = 0;
  let commas = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (inText) {
      if (byte === 0x5c)
        i++; // what follows a backslash
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limits.depth) refuse(`nests deeper than ${limits.depth} levels`);
      values++;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === 0x3a) values++;
    else if (byte === 0x2c) commas++;
  }
  if (values > limits.values) refuse(`has more than ${limits.values} names and values`);
  if (commas > limits.commas) refuse(`has more than ${limits.commas} commas`);
}

/** The first key that an object of a valid JSON text has twice. Without a regular expression, which takes eight bytes for each that it matches. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = []; // the keys of every object and array around the current place (an array's stays empty)
  let text: [start: number, end: number] = [0, 0];
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === 0x22) {
      const start = i++;
      while (json.charCodeAt(i) !== 0x22) i += json.charCodeAt(i) === 0x5c ? 2 : 1;
      text = [start, i + 1];
    } else if (code === 0x7b || code === 0x5b) open.push(new Set());
    else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === 0x3a) {
      const key = JSON.parse(json.slice(...text)) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}
