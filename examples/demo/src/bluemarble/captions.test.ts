import { createRandom } from "@rsdix/data";
import { namesClass } from "@rsdix/metrics";
import { describe, expect, it } from "vitest";
import { likeliestCaption } from "../../test/likeliest-caption";
import { CAPTIONS_PER_PATCH, classNames, promptNames, writeCaptions } from "./captions";
import { LABELS } from "./classes";
import type { Measures } from "./sample";

const DIRECTIONS = /\b(north|south|east|west|northern|southern|eastern|western|left|right|top|bottom|upper|lower|above|below|diagonal)\b/;

const COLOURS =
  /\b(white|black|grey|gray|red|orange|yellow|green|blue|brown|purple|pink|beige|tan|golden|turquoise|azure|dark green|pale)\b/;

/** Measurements all over the range of each source. */
const MEASURES = Array.from({ length: 60 }, (_, i): Measures => {
  const at = (step: number) => ((i * step) % 1000) / 1000;
  return {
    lat: at(377) * 168 - 84,
    lon: 0,
    waterShare: at(611),
    lakeShare: 0,
    mainlandShare: 0.5,
    meanElevation: at(223) * 120,
    spreadElevation: at(149) * 14,
    litShare: at(769) ** 4,
    border: 1,
  };
});

describe.each(LABELS)("captions of %s", (label) => {
  const sets = MEASURES.map((measures, i) => writeCaptions(label, measures, createRandom(i)));
  const captions = [...sets.flat(), ...MEASURES.map((measures) => likeliestCaption(label, measures))];

  it("come in fives that differ, the same for the same seed", () => {
    for (const set of sets) expect(new Set(set).size).toBe(CAPTIONS_PER_PATCH);
    expect(writeCaptions(label, MEASURES[7]!, createRandom(7))).toEqual(sets[7]);
    expect(writeCaptions(label, MEASURES[7]!, createRandom(8))).not.toEqual(sets[7]);
  });

  it("are plain lower-case sentences of 6 to 16 words without directions, which flips and turns would make wrong", () => {
    for (const caption of captions) {
      expect(caption).toMatch(/^[a-z]+( ([a-z]+|[,:]))* \.$/);
      expect(caption).not.toMatch(DIRECTIONS);
      const words = caption.match(/[a-z]+/g)!;
      expect(words.length, caption).toBeGreaterThanOrEqual(6);
      expect(words.length, caption).toBeLessThanOrEqual(16);
    }
  });

  it("never name a colour, which the images would give away", () => {
    for (const caption of captions) expect(caption).not.toMatch(COLOURS);
  });

  it("name their class and no other", () => {
    const names = LABELS.map((name) => classNames[name]);
    LABELS.forEach((other, index) => {
      const { share } = namesClass(captions, new Int32Array(captions.length).fill(index), names);
      expect(share, other).toBe(other === label ? 1 : 0);
    });
    expect(classNames[label].some((name) => promptNames[label].includes(name))).toBe(true);
  });
});
