// Captions with nouns before nouns (plurals and -ing forms among them), verbs with particles, and phrases with "with" that hang together:
// what the other sources have little of.
import { writeFileSync } from "node:fs";
import { randomFrom } from "../../../../scripts/lib/random-from.mjs";
import { COLOURS, COUNTS, PLACES, QUALITIES, STUFF, THINGS } from "./caption-words.mjs";
import { fillTemplates } from "./fill-templates.mjs";

const words = (text) => text.trim().split(/\s*,\s*/);
const BEFORE =
  words(`sports, goods, customs, arts, savings, weapons, systems, athletics, gymnastics, arms, news, parks, swimming, parking, running, fishing, shopping, teaching, training, playing, landing,
  sailing, mining, building, bathing, camping, cooling, dining, heating, loading, picking, riding, rowing, skating, storage, steel, brick, glass, concrete, asphalt, stone, timber, cargo, passenger, freight, container, bus, train,
  railway, subway, metro, tram, taxi, police, fire, army, navy, air, water, oil, gas, coal, sand, salt, rice, corn, wheat, tea, fruit, flower, tree, garden, roof, river, sea, lake, beach, harbor, street, road, traffic, city, town, village,
  country, mountain, forest, desert, farm, field, football, basketball, tennis, baseball, soccer, hockey, golf, volleyball, school, church, office, apartment, hotel, hospital, factory, power, solar, wind, radio, television, toll, control, home, leisure, wildlife`);
const AFTER =
  words(`center:centers, centre:centres, hall:halls, ground:grounds, field:fields, complex:complexes, area:areas, zone:zones, station:stations, house:houses, building:buildings, yard:yards, train:trains, court:courts, track:tracks,
  lot:lots, pool:pools, boat:boats, vessel:vessels, ship:ships, park:parks, plant:plants, tower:towers, tank:tanks, terminal:terminals, bridge:bridges, road:roads, line:lines, wall:walls, gate:gates, platform:platforms, store:stores, shop:shops,
  market:markets, school:schools, room:rooms, pier:piers, strip:strips, pit:pits, site:sites, base:bases, club:clubs, farm:farms, garden:gardens, bed:beds, bank:banks, stand:stands, works:works, depot:depots`).map(
    (entry) => entry.split(":"),
  );
const PARTICLES = words("up, out, off, down, in, over, away, along, around, together, across, through");
const PHRASAL = words(
  "line, stretch, spread, set, pile, lay, fill, take, open, close, block, branch, fan, round, move, drive, run, fence, wall, mark, cut, lead, go, come, pull, split, break, join, grow, build, give, put, pick, carry, end, start, point, turn, back",
);
const third = (verb) => (/(?:ch|sh|[sxo])$/.test(verb) ? `${verb}es` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`);
const done = {
  set: "set",
  lay: "laid",
  take: "taken",
  run: "run",
  drive: "driven",
  cut: "cut",
  lead: "led",
  go: "gone",
  come: "come",
  split: "split",
  break: "broken",
  grow: "grown",
  build: "built",
  give: "given",
  put: "put",
  spread: "spread",
};
const past = (verb) =>
  done[verb] ?? (verb.endsWith("e") ? `${verb}d` : /y$/.test(verb) && !/ay$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`);

const TEMPLATES = `
{X} is {P} {N}|{X} with {K} {P} {N}|{Xs} {P} {N}|{K} are {P} {X}|there is {X} {P} {N}|there are {#} {xs} {P} {N}|{X} and {X}|{C} {xs} and {X}|{X} , {X} and {K}|the {xs} of {N} are {A}|the {x} has {K}|the {x} and the {x} are {C}
{N} is {P} {X} with {K}|{#} {xs} and some {ns} are {P} {X}|it is {X} {P} {N}|this is {X}|{A} {xs}|a {A} {C} {x}|{X} for {ns}|{K} in {X} and {K} in {X}|{X} surrounded by {xs}|{xs} {d} in {X}|the {x} 's {n} is {A}
{N} {3} {p} {P} {N}|{K} {b} {p} {P} {N}|{K} {b} {p} {N}|{N} {3} {p} {N}|{K} and {N} {b} {p} {N}|{N} , {K} and {S} {b} {p} {N}|{K} {d} {p} {P} {N}|{K} are {d} {p} {P} {N}|{N} is {d} {p} {P} {N}|{K} {d} {p} in a row {P} {N}
{N} with {K} {P} it|{N} with {K} and {ns} {P} it|{N} is {P} {N} with {K} {P} it|{N} is {P} {N} with {K} around|{N} is {P} {N} with {K} inside|{N} stands {P} {N} with {K} {P} it|{N} and {N} with {K} {P} them|{N} with {K} {P} both sides
{N} with {N} and {S} {P} its {n}|{N} in {N} with {K}|{K} {P} {N} with {K}|{K} {d} {P} {N} with {K}|{K} {d} {P} {N} with {K} {P} {N}|{N} {d} with {ns} {P} {N}|{K} of {N} with {ns}|{N} has {N} and {K}|{N} has {K} and {N} {P} {N}
{N} has {K} , {N} and {S}|{N} has {N} and a lot of {ns}|{N} has {N} and lots of {ns}|{N} with lots of {ns} and {N}|{N} with plenty of {ns} , {N} and {S}|{N} with a number of {ns}|{N} near lots of {ns}|{K} and plenty of {ns}
far from {N} is {N}|close to {N} is {N} with {K}|not far from {N} there are {K}|next to {N} stands {N} with {K}|away from {N} lies {N}|{N} is {A} and {N} is {A}|{N} is {A} and {K} are {C}|the {ns} are {A} and the {ns} are {A}|the {ns} of {N} are {A} and {A}
`
  .trim()
  .split(/[|\n]/);

const [, , target, count = "1800", seed = "7"] = process.argv;
const random = randomFrom(Number(seed));
const pick = (list) => list[Math.floor(random() * list.length)];
const chance = (p) => random() < p;
const described = (noun) => (chance(0.25) ? `${pick(chance(0.6) ? QUALITIES : COLOURS)} ${noun}` : noun);
const withArticle = (noun) => `${chance(0.45) ? "the" : /^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
const fill = {
  N: () => withArticle(described(pick(THINGS)[0])),
  n: () => described(pick(THINGS)[0]),
  ns: () => described(pick(THINGS)[1]),
  K: () => `${pick(COUNTS)} ${described(chance(0.25) ? `${pick(BEFORE)} ${pick(AFTER)[1]}` : pick(THINGS)[1])}`,
  X: () => withArticle(described(`${pick(BEFORE)} ${pick(AFTER)[0]}`)),
  Xs: () => `${pick(COUNTS)} ${pick(BEFORE)} ${pick(AFTER)[1]}`,
  x: () => `${pick(BEFORE)} ${pick(AFTER)[0]}`,
  xs: () => `${pick(BEFORE)} ${pick(AFTER)[1]}`,
  S: () => pick(STUFF),
  A: () => pick(QUALITIES),
  C: () => pick(COLOURS),
  P: () => pick(PLACES),
  "#": () => pick(COUNTS.slice(0, 16)),
  p: () => pick(PARTICLES),
  b: () => pick(PHRASAL),
  3: () => third(pick(PHRASAL)),
  d: () => past(pick(PHRASAL)),
};
const captions = fillTemplates(random, Number(count), { templates: TEMPLATES, fill, endings: [" .", " .", " .", ".", ""] });
writeFileSync(target, `${captions.join("\n")}\n`);
