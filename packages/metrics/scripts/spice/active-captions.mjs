// Captions with active verbs of many kinds, people and weather: what the other two sources have little of.

import { randomFrom } from "../../../../scripts/lib/random-from.mjs";
import { COLOURS, COUNTS, PLACES, QUALITIES, STUFF, THINGS } from "./caption-words.mjs";
import { fillTemplates } from "./fill-templates.mjs";

const words = (text) => text.trim().split(/\s+/);
const VERBS =
  words(`stand face meet cross hold carry wait rise reach cover shine reflect protect follow lead turn split pass enter leave rest graze land lie appear end begin
  cast throw flow float sink climb descend join feed fill serve link show depict feature host hug hang hover hide guard grow glide fork fade drain drift drop dominate curve
  bend break branch border sit sail run move play walk drive ride work swim fish row fly taxi load unload dig build repair cut plant harvest water burn smoke blow fall melt
  freeze dry flood wash hit touch form make give take get bring keep look seem stay remain stretch spread widen narrow loop circle wind twist zigzag bisect dissect divide
  separate connect surround enclose frame flank line block open close park stop dock moor anchor berth arrive depart overlap merge mix vary differ match resemble contain
  include need use own share shelter shade tower loom slope tilt point head travel roll pull push stack store pump supply produce occupy take leave extend continue`);
const ENDINGS = { s: /(?:[sxz]|ch|sh|o)$/, y: /[^aeiou]y$/ };
const third = (verb) => (ENDINGS.s.test(verb) ? `${verb}es` : ENDINGS.y.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`);
const doing = (verb) =>
  /[^e]e$/.test(verb)
    ? `${verb.slice(0, -1)}ing`
    : /^(sit|run|swim|row|stop|hit|cut|dig|get|split|drop|hug|begin)$/.test(verb) && verb !== "row"
      ? `${verb}${verb.at(-1)}ing`
      : `${verb}ing`;
const PEOPLE = words(
  "people men women children tourists workers farmers players students drivers visitors swimmers residents soldiers boys girls cyclists fishermen spectators pedestrians",
);
const ADVERBS = words(
  "slowly quickly here there together again away now still also always often once already only nearly almost just partly straight upwards downwards outside inside nearby everywhere quietly",
);
const HARD = words("nothing something everything someone nobody others another none each most half part");

const TEMPLATES = `
{N} {3} {N}|{N} {3} {P} {N}|{N} {3} {N} {P} {N}|{ns} {b} {P} {N}|{K} {b} {N}|{K} {b} {P} {N}|{K} {b} {v} {P} {N}|the {ns} {b} {v}|the {n} {3} {v}
{N} is {g} {P} {N}|{K} are {g} {N}|{K} are {g} {P} {N}|{h} {b} {P} {N}|{h} are {g} {N}|{h} are {g} {P} {N} and {N}|some {h} {b} {P} {N} while others {b}
{N} {g} {P} {N}|{K} {g} {N}|{ns} {g} {P} {N} {3} {N}|{N} , {g} {P} {N} , {3} {N}|{N} which {3} {N}|{N} that {3} {P} {N} is {A}|the {ns} that {b} {N} are {A}
{N} {3} {N} and {3} {N}|{N} {3} and {3} {v}|{K} {b} {P} {N} and {b} {N}|{N} can {b} {N}|{N} can not {b} {N}|{N} does n't {b} {N}|the {n} seems to {b} {N}|{N} to {b} {N}
{w} {3} {P} {N}|{w} {3} here|the {n} starts to {b}|{P} {N} {3} {N}|{P} {N} {b} {K}|{v} {N} {3} {N}|in the {n} {3} {N}|here {b} {K}|where {N} {3} {N} there is {N}
{S} {3} {P} {N}|{S} and {S} {b} {N}|most of the {ns} {b} {N}|half the {n} {3} {P} {N}|the {n} of {N} {3} {A}|the {ns} look {A} and {A}|the {n} becomes {A} {P} {N}
as {N} {3} , {K} {b} {P} {N}|when {N} {3} the {n} is {A}|while {N} {3} {N} , {N} is {A}|{N} where {h} {b}|{N} where {h} can {b} and {b}|{N} for {h}|{N} for {g} {ns}
{N} with {ns} {g} {P} it|{N} with its {n} and {ns}|{N} and its {A} {ns}|their {ns} are {A}|its {n} is {C} and its {ns} are {C}|{N} as {A} as {N}|{N} is {A} than {N}
the {A} of the {ns} is {C}|one {3} {N} , the other {3} {N}|both {ns} {b} {P} {N}|all {ns} {b} {N}|no {n} {3} {P} {N}|few {ns} {b} {P} {N}|{K} , {g} {v}|not much {3} {P} {N}
{N} has {v} been {d} {P} {N}|{N} was {d} {v}|{K} were {d} by {w}|{ns} , {d} and {d} , {P} {N}|the {d} {n} {3} {N}|the {g} {n} is {A}|{d} {ns} {P} {N}|{N} used for {g} {ns}|{N} used to {b} {N}
it {3} {P} {N}|it {3} {N}|they {b} {P} {N}|they are {g} {N}|you can {b} {N} {P} {N}|we {b} that {N} is {A}|{N} is about {#} meters {A}|{#} percent of the {n} is {S}|{N} of {#} {ns} each
`
  .trim()
  .split(/[|\n]/);

function activeCaptions(count, seed) {
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const chance = (p) => random() < p;
  const described = (noun) => (chance(0.3) ? `${pick(chance(0.6) ? QUALITIES : COLOURS)} ${noun}` : noun);
  const fill = {
    N: () => {
      const noun = described(pick(THINGS)[0]);
      return `${chance(0.45) ? "the" : /^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
    },
    n: () => described(pick(THINGS)[0]),
    ns: () => described(pick(THINGS)[1]),
    K: () => `${pick(COUNTS)} ${described(pick(THINGS)[1])}`,
    S: () => pick(STUFF),
    A: () => pick(QUALITIES),
    C: () => pick(COLOURS),
    P: () => pick(PLACES),
    "#": () => pick(COUNTS.slice(0, 16)),
    b: () => pick(VERBS),
    3: () => third(pick(VERBS)),
    g: () => doing(pick(VERBS)),
    d: () =>
      pick([
        "used",
        "seen",
        "cleared",
        "burned",
        "harvested",
        "frozen",
        "destroyed",
        "abandoned",
        "crowded",
        "fenced",
        "cut",
        "turned",
        "opened",
        "closed",
        "raised",
        "watered",
        "ploughed",
        "mown",
        "pulled",
        "piled",
        "stored",
        "reflected",
        "bathed",
        "drawn",
        "written",
        "coloured",
      ]),
    v: () => pick(ADVERBS),
    h: () => pick(PEOPLE),
    w: () => pick(["smoke", "wind", "rain", "light", "sunlight", "water", "steam", "dust", "traffic", "mist", ...HARD]),
  };
  return fillTemplates(random, count, { templates: TEMPLATES, fill, endings: [" .", " .", ".", "", ""] });
}

const { writeFileSync } = await import("node:fs");
const [, , target, count = "2500", seed = "6"] = process.argv;
writeFileSync(target, `${activeCaptions(Number(count), Number(seed)).join("\n")}\n`);
