import { fail, isRecord } from "@rsdix/internal";

/** The longest text: the largest tokenizer.json of these models (the multilingual SigLIP's) has 17 million characters. */
const MAX_LENGTH = 2 ** 25;
/** Arrays and objects within each other: a tokenizer.json has 7. */
const MAX_DEPTH = 64;
/** Arrays and objects: a Unigram model has one for each of its 250,000 pieces, and each costs memory that its two characters don't show. */
const MAX_CONTAINERS = 300_000;
/** Commas, one less than there are values: those pieces have two values each. */
const MAX_COMMAS = 600_000;
/** Names of values: the multilingual BERT has 119,547 tokens; each costs about 450 bytes before it is known to be of any use. */
const MAX_NAMES = 150_000;

/**
 * Parses a JSON file that may be hostile: what would cost too much memory or stack is refused before it is parsed.
 * `name` is the file in messages.
 */
export function parseJsonText(text: string, name: string): unknown {
  if (text.length > MAX_LENGTH) fail("FILE_TOO_LARGE", `${name} has ${text.length} characters, more than ${MAX_LENGTH}.`);
  checkStructure(text, name);
  try {
    return JSON.parse(text);
  } catch (error) {
    fail("FILE_CORRUPT", `${name} isn't valid JSON (${(error as Error).message}). It may be truncated: fetch or write it again.`, error);
  }
}

/** Counts without parsing: depth, arrays and objects, commas and names, outside of strings. */
function checkStructure(text: string, name: string): void {
  let depth = 0;
  let containers = 0;
  let commas = 0;
  let names = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x2c) commas++;
    else if (code === 0x3a) names++;
    else if (code === 0x5b || code === 0x7b) {
      containers++;
      if (++depth > MAX_DEPTH) fail("FILE_CORRUPT", `${name} nests arrays and objects deeper than ${MAX_DEPTH}.`);
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  if (containers > MAX_CONTAINERS) fail("FILE_TOO_LARGE", `${name} has ${containers} arrays and objects, more than ${MAX_CONTAINERS}.`);
  if (commas > MAX_COMMAS) fail("FILE_TOO_LARGE", `${name} has more than ${MAX_COMMAS} values.`);
  if (names > MAX_NAMES) fail("FILE_TOO_LARGE", `${name} has ${names} names of values, more than ${MAX_NAMES}.`);
}

/** A property of the object itself, never of its prototype. */
export function own(object: unknown, key: string): unknown {
  return isRecord(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}
