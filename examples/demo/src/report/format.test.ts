import { expect, it } from "vitest";
import { duration, gibibytes, glued, percent, place, score, times, whole } from "./format";

const spaced = (text: string) => text.replaceAll("\u00a0", " ");

it("writes numbers as people read them", () => {
  expect(spaced(percent(0.8236))).toBe("82.4 %");
  expect(score(0.43149)).toBe("0.431");
  expect(spaced(times(0.45, 0.15))).toBe("3.0 times");
  expect(spaced(duration(59.4))).toBe("59 s");
  expect(spaced(duration(59.6))).toBe("1 min 0 s");
  expect(spaced(gibibytes(2 ** 30 * 1.25))).toBe("1.3 GiB");
  expect(whole(1234567)).toBe("1,234,567");
  expect(spaced(place({ lat: -23.44, lon: 10 }))).toBe("23.4° S, 10.0° E");
});

it("writes a dash for what is no number", () => {
  for (const text of [percent(undefined), percent(Number.NaN), score(Number.POSITIVE_INFINITY), times(1, 0), duration(Number.NaN)]) {
    expect(text).toBe("–");
  }
});

it("keeps punctuation with the word before it", () => {
  expect(glued("sea , no land .")).toBe("sea\u00a0, no land\u00a0.");
});
