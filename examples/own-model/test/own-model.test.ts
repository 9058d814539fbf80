import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { missingLines, shownOutput } from "../../../scripts/lib/shown-output.mjs";

const README = fileURLToPath(new URL("../README.md", import.meta.url));
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

describe("the example of a model of one's own", () => {
  it("is built, trains, finds captions that fit, and leaves no tensor", async () => {
    if (!existsSync(MAIN)) throw new Error("The example is not built: run npm run build first.");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN]);
    const shares = [...stdout.matchAll(/^ {2}(before|after): a caption that fits for ([\d.]+) % of new images$/gm)];
    expect(shares.map(([, when]) => when)).toEqual(["before", "after", "before", "after"]);
    const [before, infoNCE, beforeToo, distilled] = shares.map(([, , share]) => Number(share)) as [number, number, number, number];
    expect(beforeToo).toBe(before); // the same weights
    expect(infoNCE).toBeGreaterThan(2 * before);
    expect(distilled).toBeGreaterThan(infoNCE);
    const losses = [...stdout.matchAll(/^ {2}step (\d+): loss ([\d.]+)$/gm)].map(([, step, loss]) => [Number(step), Number(loss)] as const);
    expect(losses.map(([step]) => step)).toEqual([1, 30, 60, 90, 120, 1, 30, 60, 90, 120]);
    for (const first of [0, 5]) expect(losses[first + 4]![1]).toBeLessThan(losses[first]![1] / 3);
    expect(stdout).toMatch(/^0 tensors left$/m);
    expect(stderr).toBe("");
    const shown = shownOutput(await readFile(README, "utf8"), "0 tensors left");
    expect(missingLines(shown, stdout.split("\n"))).toEqual([]);
  });

  it.each([["abc"], [""], ["-1"], ["1e99"], ["1.5"], ["1000001"], ["1", "2"]])("refuses the seed %o", async (...args) => {
    await expect(promisify(execFile)(process.execPath, [MAIN, ...args])).rejects.toMatchObject({
      ...{ code: 1, stdout: "" },
      stderr: `The seed must be one whole number, 0 to 1000000; got ${args.map((each) => JSON.stringify(each)).join(", ")}.\n`,
    });
  });
});
