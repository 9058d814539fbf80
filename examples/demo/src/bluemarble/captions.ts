/** Five captions a patch, from a seeded grammar: the class in one of its names, and measured details in changing words and order. */
import type { Random } from "@rsdix/data";
import type { Label } from "./classes";
import { detailSlots } from "./details";
import { type Choose, skewed, write } from "./grammar";
import type { Measures } from "./sample";

/** Captions of a patch. */
export const CAPTIONS_PER_PATCH = 5;

/** What each class is called in captions; no name of a class is part of a name of another. */
export const classNames: Readonly<Record<Label, readonly string[]>> = {
  ocean: ["open ocean", "open sea"],
  coast: ["coast", "coastline"],
  inlets: ["inlets", "ragged shore"],
  islands: ["islands", "archipelago"],
  "polar shore": ["polar shore", "frozen shore"],
  "polar channels": ["polar channels", "frozen channels"],
  "ice sheet": ["ice sheet", "ice cap"],
  tundra: ["tundra", "arctic plain"],
  grassland: ["grassland", "steppe"],
  desert: ["desert", "drylands"],
  rainforest: ["rainforest", "jungle"],
};

/** What fills `{class}` in "Aerial photograph of {class}", the prompt of zero-shot classification. */
export const promptNames: Readonly<Record<Label, string>> = {
  ocean: "open ocean",
  coast: "a coast",
  inlets: "inlets",
  islands: "islands",
  "polar shore": "a polar shore",
  "polar channels": "polar channels",
  "ice sheet": "an ice sheet",
  tundra: "tundra",
  grassland: "grassland",
  desert: "desert",
  rainforest: "rainforest",
};

/** The sentences of each class, the usual one first. Pictures are flipped and turned in training: no directions. */
const SKELETONS: Readonly<Record<Label, readonly string[]>> = {
  ocean: [
    "{the open ocean|open ocean} fills {the whole|this entire|the full} {picture|frame|view} {belt} {|without any land|and nothing else} .",
    "{only|nothing but} open sea {belt} , {with no land|without land} {in sight|to be seen|for miles} .",
    "{deep|salty|endless} water of the open ocean {belt} {|, {dark}} .",
    "{a|one} {wide|vast|huge} {stretch|piece|sheet} of open sea {belt} , {empty|lonely|bare} and {dark} .",
    "{waves|swell} and {currents|winds} {cross|move over} the {zone} open sea , {far|a long way} from {land|harbours} .",
  ],
  coast: [
    "a {long|curved|winding} coast {divides|parts} {relief} land from water {belt} , {share} .",
    "{share} {along|beside} a {zone} coast where {lights} {shine|show|glow} at night .",
    "waves {reach|wash} a {zone} coastline {of|with} {relief} {land|ground} and {lights} {|inland|behind the beach} .",
    "{relief} {land|country} {ends|stops} at the coastline {belt} : {share} {|here|in all} .",
  ],
  inlets: [
    "{many|deep|countless} inlets {break up|cut into} {relief} {zone} land {|with {lights}} , {share} .",
    "a ragged shore of {capes|points} and {bays|coves} {belt} {|, {share}|, {dark}} .",
    "{share} {tangled|mixed} in {long|winding} inlets {belt} {|with {lights}} .",
    "{tongues|fingers} of {relief} land and water {make|form} a ragged shore with {lights} .",
  ],
  islands: [
    "{several|some|small} {relief} islands {rise from|stand in|dot} a {zone} sea , with {lights} {after dark|at night} .",
    "an archipelago {lies|is spread} in {share} {zone} waters {|and has {lights}|with {lights}} .",
    "{share} {channels|waters} {surround|run around} {relief} islands {belt} {|, {dark}} .",
    "{pieces|bits} of {relief} land {form|make} an archipelago {belt} {|, {dark}} .",
  ],
  "polar shore": [
    "a polar shore where {cold|icy|freezing} {bays|waters} {cut into|meet|break} {relief} frozen land , {share} .",
    "{frigid|chilly|bitter} water {touches|borders} {relief} ground at a frozen shore {belt} {|, {share}} .",
    "{share} on a {lonely|remote|lifeless} polar shore {belt} , {cold|chilled|frosty} {|all year} .",
    "{ice|snow} and {seawater|brine} meet on this frozen shore of {relief} {height} {land|rock} {|, {share}} .",
    "{cold|icy} seas {end|stop} at this {relief} polar shore {belt} {|, {share}} .",
  ],
  "polar channels": [
    "polar channels {wind|thread} between {several|many} {relief} {icy|snowbound} lands {belt} {|, {share}} .",
    "{icy|snowbound} pieces of land {parted|cut apart} by frozen channels {belt} , {share} .",
    "{share} in a {maze|web|network} of polar channels {|with {relief} banks|among {relief} rocks} .",
    "{drowned|flooded} {valleys|passages} make frozen channels through {relief} {height} {ground|country} {|, {share}} .",
  ],
  "ice sheet": [
    "a {thick|huge|massive} ice sheet {buries|hides|crushes} all {height} ground {belt} {|under its weight} .",
    "the {relief} {surface|face|crust} of an ice cap {belt} where {nobody|no one} lives .",
    "{permanent|ancient} ice cap , {relief} and {height} , without {soil|plants|moss} or {people|roads|houses} .",
    "{kilometres|layers} of {old|packed|hard} ice {make|build} up this {relief} ice sheet {belt} .",
    "{storms|gales} {sweep|scour} a {relief} ice cap of {height} {frozen|lifeless} {ground|country} {|{belt}} .",
  ],
  tundra: [
    "{treeless|bare|wide} tundra on {relief} {height} soil that {never thaws|stays frozen} {belt} {|, {dark}} .",
    "a {relief} {zone} tundra of {moss|lichen} and {frost|frozen pools} with {lights} {|in winter} .",
    "{permafrost|hard frost} {grips|holds} this {relief} arctic plain {|, {height} and {dark}|, {dark}} .",
    "no {trees|woods} {grow|stand} on the {height} arctic plain {belt} , {windy|cold} and {relief} .",
  ],
  grassland: [
    "a {wide|broad|open} grassland {stretches|extends} across {relief} {height} plains with {lights} {at night|after dark} .",
    "{grass|pasture} without trees {makes|forms} a {relief} {zone} steppe {|, {dark}} .",
    "the {zone} steppe is {relief} , {windy|treeless} and {dark} .",
    "{grasses|herbs} {clothe|line} this {height} grassland {belt} , {relief} and {dry|open} .",
  ],
  desert: [
    "a {dry|barren|thirsty} desert of {sand|dunes} and {rock|gravel|stones} spreads over {relief} {height} ground {|, {dark}} .",
    "hardly {anything|any plant} {grows|lives} in this {relief} {zone} desert with {lights} {|at night|nearby} .",
    "{relief} {height} drylands {belt} where {rain|water|shade} is {rare|scarce} {|and {lights} shine} .",
    "{sun|heat} and {wind|drought} {shape|rule|wear} the {relief} {height} drylands {belt} {|, {dark}} .",
  ],
  rainforest: [
    "{dense|thick|deep} rainforest {covers|carpets|fills} a {relief} {height} {basin|plain} crossed by {rivers|streams} {|, {dark}} .",
    "a {humid|wet|damp} jungle of {tall|giant|old} trees {belt} with {lights} {|among them|nearby} .",
    "{tall|giant} trees {crowd|stand} together in {the|a} {zone} rainforest on {relief} {height} {soil|ground} .",
    "{rain|moisture} feeds this {relief} {height} jungle {belt} , {wild|roadless|trackless} and {dark} .",
  ],
};

/** What people write under pictures of any kind, and what the zero-shot prompt begins with: a sentence that every class has beside its own. */
const PICTURE = "{aerial photograph|satellite image} of {thing} {belt} , {aspect} .";

/** What `PICTURE` says of a class besides its name and its latitude. */
const ASPECTS: Readonly<Record<Label, string>> = {
  ocean: "{dark}",
  coast: "{share}",
  inlets: "{share}",
  islands: "{relief} and {dark}",
  "polar shore": "{share}",
  "polar channels": "{share}",
  "ice sheet": "{relief} and {height}",
  tundra: "{relief} and {dark}",
  grassland: "{relief} and {dark}",
  desert: "{relief} and {dark}",
  rainforest: "{relief} and {dark}",
};

/**
 * Writes the captions of a patch: different from each other, lower case, ending with " .".
 *
 * @param label its class
 * @param measures its measurements
 * @param random the stream to draw from
 * @returns five captions
 */
export function writeCaptions(label: Label, measures: Measures, random: Random): string[] {
  const slots = detailSlots(label, measures);
  const captions = new Set<string>();
  const choose = skewed(random.next);
  while (captions.size < CAPTIONS_PER_PATCH) captions.add(writeCaption(label, slots, choose));
  return [...captions];
}

/**
 * Writes one caption of a patch.
 *
 * @param label its class
 * @param slots the words of its details
 * @param choose takes one of what may be written
 * @returns the caption
 */
export function writeCaption(label: Label, slots: ReturnType<typeof detailSlots>, choose: Choose): string {
  const words = { ...slots, thing: [promptNames[label]], aspect: [ASPECTS[label]] };
  return write([...SKELETONS[label], PICTURE], words, choose);
}
