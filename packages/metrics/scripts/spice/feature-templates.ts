// What the classifiers look at: features of up to four values each. The templates go into the model's file; the values come, in the order in which
// they are named here, from src/spice/tag-features.ts, arc-features.ts and label-features.ts. "x.w" is the word of x, "x.t" its tag.

const wordsAndTags = (nodes: string) => [".w", ".t"].flatMap((part) => nodes.split(" ").map((node) => node + part));

/** The templates as FeatureSet.fill takes them: the places of four values each, 0 for none. */
function pack(values: readonly string[], templates: string): Uint8Array {
  const places = templates.split("|").flatMap((template) => {
    const own = template
      .trim()
      .split(" ")
      .map((name) => values.indexOf(name) + 1);
    if (own.includes(0)) throw new Error(`No such value: ${template}`);
    return [...own, 0, 0, 0].slice(0, 4);
  });
  return Uint8Array.from(places);
}

const TAGGER = pack(
  [
    ...["1", "before2.lower", "before.lower", "word.lower", "after.lower", "after2.lower", "word.suffix1", "word.suffix2", "word.suffix3"],
    ...["word.suffix4", "word.prefix", "word.shape", "after.suffix2", "after.suffix3", "tag1", "tag2", "first", "nearEnd"],
  ],
  `
  1 | word.lower | word.suffix1 | word.suffix2 | word.suffix3 | word.suffix4 | word.prefix | word.shape first | tag1 | tag1 tag2 |
  tag1 word.lower | tag1 tag2 word.lower | tag1 word.suffix3 | tag1 word.suffix2 after.suffix2 | before.lower | before.lower word.lower |
  before2.lower | after.lower | word.lower after.lower | word.suffix3 after.lower | after.suffix3 | after.suffix2 tag1 | after2.lower |
  word.lower after2.lower | after.lower after2.lower | before.lower after.lower | tag1 word.suffix3 after.suffix3 | first word.lower |
  nearEnd word.suffix3 tag1 | nearEnd word.lower`,
);

const STEPS = pack(
  [
    "1",
    ...wordsAndTags("s0 s1 s2 b0 b1 b2 b3 s0h s0hh s0l s0l2 s0r b0l b0l2 s0-1 s0+1 b0-1"),
    ...["headless", "distance", "s0lc", "s0rc", "b0lc", "ahead", "period"],
  ],
  `
  1 | s0.w | s0.t headless | s0.w s0.t | b0.w | b0.t | b0.w b0.t | b1.w b0.t | b1.t b0.t | b0.t b1.t b2.t | s0.t b0.t b1.t headless |
  s0.t b0.t b1.t b2.t | s0.w b0.w | s0.w b0.t | s0.t b0.w | s0.w s0.t b0.w b0.t | s0.t b0.t headless distance | s0.w distance |
  b0.w distance | s0.t b0.t distance s0rc | s0.t b0.t s0lc b0lc | s0.w s0rc headless | s0.w s0lc headless | s0.t s0rc headless |
  b0.w b0lc | b0.t b0lc | s0h.t s0.t b0.t | s0h.w s0.t b0.t | s0h.w b0.t | s0hh.t s0h.t s0.t b0.t | s0l.w s0.t b0.t | s0l.t s0.t b0.t |
  s0l2.w s0.t b0.t | s0r.w s0.t b0.t | s0r.t s0.t b0.t | s0r.t s0l.t s0.t b0.t | b0l.w s0.t b0.t | b0l.t s0.t b0.t | b0l2.w s0.t b0.t |
  b0l.t b0l2.t s0.t b0.t | s0.w b0l.w b0.t | s0h.t b0l.w s0.t b0.t | s0h.w b0l.w b0.t | s0l.w b0l.w s0.t b0.t | s1.t s0.t b0.t headless |
  s1.w s0.t b0.t | s1.t s0.t b0.t b0l.w | s1.t s2.t s0.t b0.t | s0.t s0-1.w b0.t | s0.t s0+1.t b0-1.t b0.t | s0.w b0-1.t b0.t |
  ahead s0.t b0.t headless | ahead s0.t b0.w b1.t | ahead b0.t b1.t b2.t | period s0.t b0.t headless | b0.w b1.t b2.t s0.t |
  b0.w b1.w s0.t | b0.t b1.t b2.t b3.t | s0.w b0.w b1.t | s0h.w s0.w b0.w | s0.t s0rc s0h.t b0.w | s0.t s0r.w b0l.w b0.t`,
);

const LABELS = pack(
  ["1", ...wordsAndTags("i h first lastLeft before after grand i-1 i+1"), "side", "distance", "bag", "ownBag", "at", "siblings", "suffix3"],
  `
  1 | i.w side | i.t side | i.w i.t | h.w side | h.t side | h.w i.w | h.t i.t side | h.t i.w side | h.w i.t side | h.t i.t distance |
  h.t i.t first.w side | h.t i.t first.t side | i.t first.w h.w | i.t first.t lastLeft.t h.t | i.t ownBag side | i.t h.t ownBag side |
  i.t h.t bag side | i.t h.t before.t after.t | i.t h.t before.w side | i.t h.t after.w side | i.w h.t before.t | i.t h.t grand.t side |
  i.t h.t i-1.w side | i.t h.t i+1.w side | i.t h.t i-1.t i+1.t | i.w i-1.t i+1.t side | at siblings i.t h.t | i.t suffix3 h.t side`,
);

/** Of the tagger, the steps and the names of arcs. */
export const TEMPLATES = [TAGGER, STEPS, LABELS] as const;
