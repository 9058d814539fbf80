import { expect, it, describe as suite } from "vitest";
import { refusal } from "../../../../test/refusal";
import { makeRecord } from "../../test/make-dataset";
import { memoryFiles } from "../../test/memory-files";
import { describe } from "./describe";
import { NWPU_CAPTIONS } from "./nwpu-captions";
import { RSICD } from "./rsicd";
import { RSITMD } from "./rsitmd";
import { S2LCD } from "./s2lcd";
import { UCMD } from "./ucmd";

suite("describe", () => {
  it("tells a declaration in aligned lines that are no longer than told", () => {
    const lines = describe(UCMD, { width: 70 }).split("\n");
    expect(lines[0]).toBe("UCM-Captions (ucmd), a data set for captioning");
    expect(lines.find((line) => line.includes("Published"))).toBe("  Published   2,100 images; 10,500 captions (5 an image); 21 classes;");
    expect(lines.find((line) => line.includes("train"))).toBe("              train 1,680, val 210, test 210");
    expect(lines.find((line) => line.includes("Image size"))).toBe("  Image size  256 x 256 pixels");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(line.includes("https:") ? 100 : 70);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}(?:.{10} {2}| {12})\S/);
    expect(describe(RSITMD)).not.toContain("Image size");
    expect(describe({ ...RSICD, task: "classes", classes: [{ name: "baseball field", folder: "BaseballField" }] })).toMatch(
      /for classification[\s\S]*Classes +baseball field/,
    );
  });

  it("tells what is there of a data set that is open", () => {
    const images = [makeRecord(0), makeRecord(1), makeRecord(2, { split: "test" })];
    const text = describe({ dataset: "mine", images, files: memoryFiles({}, "folder") });
    expect(text).toBe("mine\n  Here   3 images; 3 captions; train 2, val 0, test 1\n  Files  folder");
    expect(describe({ dataset: "x", images, files: memoryFiles({}), declaration: RSICD })).toMatch(
      /^RSICD \(rsicd\)[\s\S]*Here +3 images[\s\S]*Published +10,921/,
    );
  });

  it("refuses what is neither, and a width that holds no word", () => {
    for (const wrong of [Promise.resolve(), null, undefined, "rsicd", {}]) {
      expect(() => describe(wrong as never)).toThrow(refusal("INVALID_ARGUMENT", expect.stringContaining("await it first")));
    }
    expect(() => describe(UCMD, { width: 10 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => describe(UCMD, { wide: 80 } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});

suite("declarations of caption sets", () => {
  it.each([RSICD, UCMD, RSITMD, NWPU_CAPTIONS, S2LCD])("$title agrees with itself", ({ counts, sources, layout, id }) => {
    expect(counts.captions).toBe(counts.images * counts.captionsPerImage!);
    if (counts.train !== undefined) expect(counts.train + counts.val! + counts.test!).toBe(counts.images);
    for (const source of sources) expect(source).toMatch(/^https:\/\/\S+(?: \(.+\))?$/);
    for (const extension of layout.extensions) expect(extension).toMatch(/^\.[a-z]+$/);
    expect(id).toMatch(/^[a-z0-9-]+$/);
  });
});
