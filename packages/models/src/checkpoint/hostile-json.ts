/** What makes a text unusable: a message's end, and the error behind it. */
export type Refuse = (what: string, cause?: unknown) => never;

/**
 * Parses a JSON object of a file from outside. JSON.parse would take gigabytes for a few megabytes of brackets, and silently keep the last
 * of two values of one name: depth and number of values are checked before, names after.
 *
 * @param limits The deepest nesting, and how many objects, arrays and names there may be.
 * @param refuse Throws; its message goes on with what is wrong.
 */
export function parseHostileJson(
  bytes: Uint8Array,
  limits: { readonly depth: number; readonly values: number },
  refuse: Refuse,
): Record<string, unknown> {
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

/** True for an object of names and values. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkStructure(bytes: Uint8Array, limits: { readonly depth: number; readonly values: number }, refuse: Refuse): void {
  let depth = 0;
  let values = 0;
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
  }
  if (values > limits.values) refuse(`has more than ${limits.values} names and values`);
}

/** The first key that an object of a valid JSON text has twice. */
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
