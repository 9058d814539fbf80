import { describe, expect, it } from "vitest";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { SpiceTuple } from "./extract-tuples";
import { matchTuples, scoreOf } from "./match-tuples";
import { SceneGraph } from "./scene-graph";

/** Tuples as they are written here: ";" between tuples, relations as subject,object,relation. */
function tuplesOf(text: string): SpiceTuple[] {
  return text.split(";").map((tuple) => {
    const [a, b, relation] = tuple.split(",").map((part) => part.trim());
    return relation !== undefined ? [a!, relation, b!] : b !== undefined ? [a!, b] : [a!];
  });
}

// SPICE's own SceneGraph, TupleSet and Evaluation with METEOR's WordNet files on tuples given by hand.
const golden: [candidate: string, references: string, matched: number, candidates: number, references: number, f: number][] = [
  ["lake; lake,big", "lake; lake,large", 2, 2, 2, 1],
  ["lake", "river", 0, 1, 1, 0],
  ["tree; tree,green; pond; tree,pond,near", "tree; tree,big; pond; tree,pond,beside", 2, 4, 4, 0.5],
  ["harbor; boat; harbor,boat,have", "boat; harbour; boat,harbour,dock in", 2, 3, 3, 0.6666666666666666],
  ["house; house,red; car; house,car,near", "building; building,red; automobile; building,automobile,next to", 1, 4, 4, 0.25],
  ["tree; tree,green; tree,lush; tree; bush", "tree; tree,green", 2, 4, 2, 0.6666666666666666],
  [
    "plane; plane,park; plane,many; terminal; plane,terminal,park near",
    "plane; plane,many; building; building,long; plane,building,park next to; airport; building,airport,in; aircraft; aircraft,several; terminal; aircraft,terminal,near; airplane; airport; parking lot; airplane,terminal,park near",
    4,
    5,
    13,
    0.4444444444444444,
  ],
];

describe("SPICE's scoring half", () => {
  it.each(golden)("is that of the original for %s against %s", async (candidate, references, matched, ownSize, theirSize, f) => {
    const wordnet = await loadWordNet();
    const own = SceneGraph.of(tuplesOf(candidate), wordnet).tuples();
    const theirs = SceneGraph.of(tuplesOf(references), wordnet).tuples();
    const hits = matchTuples(own, theirs).filter((at) => at >= 0).length;
    expect([hits, own.length, theirs.length]).toEqual([matched, ownSize, theirSize]);
    expect(scoreOf(hits, own.length, theirs.length).f).toBeCloseTo(f, 15);
  });

  it("takes the first word of a relation away where it is be", async () => {
    const wordnet = await loadWordNet();
    const [edge] = SceneGraph.of([["tree", "be near", "pond"]], wordnet)
      .tuples()
      .filter((tuple) => tuple.length === 3);
    expect(edge![1]!.words).toEqual(["near"]);
  });
});
