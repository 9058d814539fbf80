// The seeded grammar of the training captions: the language of remote sensing data sets with its habits (passives, participles,
// lists, "both sides of", loose agreement). The evaluation captions of golden/metrics_spice.py come from other templates.

import { randomFrom } from "../../../../scripts/lib/random-from.mjs";
import { sentenceFrom } from "./caption-templates.mjs";
import { ACTIONS, COLOURS, COUNTS, MANNERS, PLACES, QUALITIES, STUFF, THINGS } from "./caption-words.mjs";

/** What nobody writes in the passive. */
const ALWAYS_ACTIVE = new Set([
  "stood",
  "laid",
  "sat",
  "flown",
  "sailed",
  "grown",
  "moved",
  "flowed",
  "walked",
  "played",
  "run",
  "beaten",
  "hit",
]);
const DONE = ACTIONS.filter(({ done }) => !ALWAYS_ACTIVE.has(done));

/** @param naturalness - The share of captions that are made from sentences with holes and not from the free grammar. */
function captions(count, seed, naturalness = 0.5) {
  const random = randomFrom(seed);
  const chance = (p) => random() < p;
  const pick = (list) => list[Math.floor(random() * list.length)];
  const maybe = (p, make) => (chance(p) ? `${make()} ` : "");

  const thing = () => pick(THINGS);
  const place = () => pick(PLACES);
  const article = (word) => (chance(0.35) ? "the" : /^[aeiou]/.test(word) ? "an" : "a");
  const describe = () =>
    pick([
      () => pick(QUALITIES),
      () => pick(COLOURS),
      () => pick(QUALITIES),
      () => pick(COLOURS),
      () => pick(QUALITIES),
      () => pick(COLOURS),
      () => pick(QUALITIES),
      () => pick(COLOURS),
      () => `${pick(QUALITIES)} ${pick(COLOURS)}`,
      () => `${pick(COLOURS)} ${pick(QUALITIES)}`,
      () => `${pick(QUALITIES)} ${pick(QUALITIES)}`,
      () => `${pick(QUALITIES)} and ${pick(QUALITIES)}`,
      () => `${pick(COLOURS)} and ${pick(COLOURS)}`,
      () => `very ${pick(QUALITIES)}`,
      () => `${pick(QUALITIES)}, ${pick(QUALITIES)}`,
    ])();
  const kind = () => (chance(0.06) ? `${pick(THINGS)[0]} ` : "");
  const one = () => {
    const words = `${maybe(0.3, describe)}${kind()}${thing()[0]}`;
    return `${chance(0.06) ? pick(["this", "each", "another", "one", "every", "no", "its", "that"]) : article(words)} ${words}`;
  };
  const many = () => {
    const words = `${maybe(0.3, describe)}${kind()}${thing()[1]}`;
    return chance(0.7) ? `${pick(COUNTS)} ${words}` : chance(0.5) ? words : `the ${words}`;
  };
  const stuff = () =>
    `${maybe(0.15, () => pick(["some", "the", "a lot of", "a piece of", "a large area of", "pieces of", "much", "a stretch of", "a patch of"]))}${maybe(0.3, describe)}${pick(STUFF)}`;
  const simple = () => (chance(0.45) ? one() : chance(0.75) ? many() : stuff());
  const listed = () => {
    const n = chance(0.7) ? 2 : 3;
    const parts = Array.from({ length: n }, () => (chance(0.7) ? `${maybe(0.25, describe)}${thing()[1]}` : simple()));
    const comma = pick([" ,", ","]);
    if (n === 3) return `${parts[0]}${comma} ${parts[1]} and ${parts[2]}`;
    return parts.join(pick([" and ", " and ", " and ", " or ", `${comma} `, " as well as "]));
  };
  const counted = () => `${pick(COUNTS)} ${listed()}`;
  const flat = () => (chance(0.82) ? simple() : chance(0.6) ? listed() : counted());
  const where = () => `${place()} ${flat()}`;
  const wheres = () => (chance(0.75) ? where() : `${where()} ${where()}`);
  const action = () => pick(ACTIONS);
  const done = () => pick(DONE).done;
  const manner = (p) => maybe(p, () => pick(MANNERS));
  const after = () =>
    pick([
      () => wheres(),
      () => wheres(),
      () => `${manner(0.2)}${done()} ${wheres()}`,
      () => `${done()} by ${flat()}`,
      () => `${done()} with ${flat()}`,
      () => `${action().doing} ${wheres()}`,
      () => `${action().doing} ${flat()}`,
      () => `with ${flat()} ${where()}`,
      () => `with ${flat()} ${done()} ${where()}`,
      () => `which ${chance(0.5) ? "is" : "are"} ${done()} by ${flat()}`,
      () => `that ${action().base} ${wheres()}`,
      () => `which has ${flat()}`,
      () => `where there are ${flat()}`,
      () => `whose ${thing()[1]} are ${pick(COLOURS)}`,
    ])();
  const phrase = () => (chance(0.72) ? flat() : `${flat()} ${after()}`);
  const be = () => pick(["is", "are", "are", "is", "was", "were"]);
  const have = () => pick(["has", "have", "has", "have", "had"]);

  const clause = () =>
    pick([
      () => `${phrase()} ${be()} ${wheres()}`,
      () => `${phrase()} ${be()} ${wheres()}`,
      () => `there ${be()} ${phrase()}`,
      () => `there ${be()} ${flat()} ${wheres()}`,
      () => `there ${be()} ${flat()} ${after()}`,
      () => `${phrase()} ${be()} ${manner(0.3)}${done()} ${wheres()}`,
      () => `${phrase()} ${be()} ${done()} ${manner(0.5)}${wheres()}`,
      () => `${phrase()} ${be()} ${done()} by ${phrase()}`,
      () => `${phrase()} ${be()} ${done()} with ${phrase()}`,
      () => `${flat()} ${be()} ${action().doing} ${wheres()}`,
      () => `${flat()} ${chance(0.5) ? action().base : action().third} ${wheres()}`,
      () => `${flat()} ${chance(0.5) ? action().base : action().third} ${flat()}`,
      () => `${flat()} ${be()} ${chance(0.5) ? describe() : pick(QUALITIES)}`,
      () => `${flat()} ${be()} ${describe()} ${pick(["while", "and", "but"])} ${flat()} ${be()} ${describe()}`,
      () => `it is ${phrase()}`,
      () => `this is ${phrase()}`,
      () => `${flat()} ${have()} ${phrase()}`,
      () => `${flat()} ${have()} ${flat()} ${wheres()}`,
      () => `${place()} ${flat()} there ${be()} ${phrase()}`,
      () => `${place()} ${flat()} ${be()} ${phrase()}`,
      () => `${flat()} with ${flat()} ${be()} ${wheres()}`,
      () => `${flat()} ${wheres()} ${be()} ${done()} ${wheres()}`,
      () => `${flat()} ${be()} ${place()} it`,
      () => `it ${be()} ${wheres()}`,
      () => `some ${thing()[1]} are ${wheres()} while others are ${wheres()}`,
      () => `one ${be()} ${wheres()} and the other ${be()} ${wheres()}`,
      () => `we can see ${phrase()}`,
      () => `you can see ${phrase()} ${wheres()}`,
      () => `${flat()} can be seen ${wheres()}`,
      () => `${flat()} ${action().third} through ${flat()}`,
      () => `${pick(["next to", "near", "beside", "around", "behind"])} it ${be()} ${phrase()}`,
      () => `the color of ${flat()} is ${pick(COLOURS)}`,
      () => `${flat()} looks like ${flat()}`,
      () => `${flat()} consists of ${phrase()}`,
      () => `${flat()} is full of ${phrase()}`,
      () => `the ${thing()[0]} 's ${thing()[0]} is ${describe()}`,
      () => `${flat()} ${be()} not ${describe()}`,
    ])();

  const bareOne = () => `${maybe(0.15, () => pick([...QUALITIES, ...COLOURS]))}${thing()[0]}`;
  const bareMany = () => `${maybe(0.2, () => pick([...QUALITIES, ...COLOURS]))}${thing()[1]}`;
  const holes = {
    N: () => {
      const words = `${maybe(0.35, () => pick([...QUALITIES, ...COLOURS]))}${kind()}${thing()[0]}`;
      return `${article(words)} ${words}`;
    },
    Ns: many,
    n: bareOne,
    ns: bareMany,
    K: () => `${pick(COUNTS)} ${bareMany()}`,
    S: () => pick(STUFF),
    A: () => pick(QUALITIES),
    C: () => pick(COLOURS),
    P: () => place(),
    V: () => done(),
    G: () => action().doing,
    M: () => pick(MANNERS),
    L: () => `${many()} , ${bareMany()} and ${simple()}`,
    "#": () => pick(COUNTS.slice(0, 12)),
  };
  const natural = () => sentenceFrom(pick, (hole) => holes[hole]());

  const sentence = () => {
    if (naturalness > 0 && chance(naturalness)) return natural();
    const draw = random();
    if (draw < 0.2) return phrase();
    if (draw < 0.25) return `${flat()} ${after()} ${after()}`;
    if (draw < 0.84) return clause();
    if (draw < 0.9) return `${clause()} with ${flat()} ${wheres()}`;
    if (draw < 0.98)
      return `${clause()} ${pick([", and", "and", ", with", "while", ",", "where", "but", ", which is"])} ${chance(0.6) ? clause() : wheres()}`;
    return `${clause()} . ${clause()}`;
  };
  /** A slip of the keyboard: two letters exchanged, one left out or doubled. */
  const slip = (word) => {
    if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
    const i = 1 + Math.floor(random() * (word.length - 2));
    return pick([
      () => word.slice(0, i) + word.slice(i + 1),
      () => word.slice(0, i) + word[i] + word.slice(i),
      () => word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2),
    ])();
  };
  const finish = (text) => {
    let out = text.replace(/\s+/g, " ").trim();
    if (chance(0.04)) {
      const list = out.split(" ");
      const i = Math.floor(random() * list.length);
      list[i] = slip(list[i]);
      out = list.join(" ");
    }
    if (chance(0.25)) out = out[0].toUpperCase() + out.slice(1);
    return out + pick([" .", " .", " .", ".", ".", "", "", " ."]);
  };
  const seen = new Set();
  while (seen.size < count) {
    const text = finish(sentence());
    if (text.split(" ").length <= 26) seen.add(text);
  }
  return [...seen];
}

if (process.argv[1].endsWith("caption-grammar.mjs")) {
  const { writeFileSync } = await import("node:fs");
  const [, , out, count = "12000", seed = "1", naturalness = "0.5"] = process.argv;
  writeFileSync(out, `${captions(Number(count), Number(seed), Number(naturalness)).join("\n")}\n`);
}
