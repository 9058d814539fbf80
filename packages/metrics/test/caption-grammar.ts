import { createRandom, type Random } from "@rsdix/internal";

const OBJECTS = [
  ["plane", "planes"],
  ["building", "buildings"],
  ["road", "roads"],
  ["river", "rivers"],
  ["tree", "trees"],
  ["car", "cars"],
  ["boat", "boats"],
  ["lake", "lakes"],
  ["bridge", "bridges"],
  ["storage tank", "storage tanks"],
  ["playground", "playgrounds"],
  ["house", "houses"],
  ["meadow", "meadows"],
  ["terminal", "terminals"],
] as const;
const ADJECTIVES = ["large", "small", "green", "white", "gray", "dense", "wide", "long", "red", "blue"];
const NUMBERS = ["two", "three", "four", "many", "some", "several"];
const RELATIONS = ["near", "beside", "next to", "on both sides of", "surrounded by", "in front of", "around"];

/**
 * Captions of remote sensing images from a seed: those of one image speak of the same two things, in different words.
 *
 * @returns For each image its captions, three to five.
 */
export function grammarCaptions(images: number, seed: number): string[][] {
  return Array.from({ length: images }, (_, i) => {
    const random = createRandom(seed).fork(i);
    const pick = <T>(list: readonly T[]): T => list[random.int(list.length)]!;
    const things = [pick(OBJECTS), pick(OBJECTS)] as const;
    const adjectives = [pick(ADJECTIVES), pick(ADJECTIVES)] as const;
    return Array.from({ length: 3 + random.int(3) }, () => sentence(things, adjectives, random));
  });
}

function sentence(things: readonly (readonly [string, string])[], adjectives: readonly string[], random: Random): string {
  const pick = <T>(list: readonly T[]): T => list[random.int(list.length)]!;
  const some = (k: number) =>
    random.next() < 0.5
      ? `a ${random.next() < 0.6 ? `${adjectives[k]} ` : ""}${things[k]![0]}`
      : `${pick(NUMBERS)} ${random.next() < 0.6 ? `${adjectives[k]} ` : ""}${things[k]![1]}`;
  const first = some(0);
  const are = first.startsWith("a ") ? "is" : "are";
  const forms = [
    `${first} ${are} ${pick(RELATIONS)} ${some(1)} .`,
    `there ${are} ${first} ${pick(RELATIONS)} ${some(1)} .`,
    `${first} and ${some(1)} are in a ${pick(["residential", "commercial", "dense"])} area .`,
    `${first} with ${some(1)} lies ${pick(RELATIONS)} the ${pick(["airport", "harbor", "park", "farmland"])} .`,
  ];
  return pick(forms);
}
