import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

describe("the example of a model of one's own", () => {
  it("is built, trains, finds captions that fit, and leaves no tensor", async () => {
    if (!existsSync(MAIN)) throw new Error("The example is not built: run npm run build first.");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN]);
    const shares = [...stdout.matchAll(/(before|after) training: the nearest of 200 captions fits ([\d.]+) %/g)];
    expect(shares.map(([, when]) => when)).toEqual(["before", "after"]);
    expect(Number(shares[0]![2])).toBeLessThan(10); // chance
    expect(Number(shares[1]![2])).toBeGreaterThan(60);
    const losses = [...stdout.matchAll(/^step \d+: loss ([\d.]+)$/gm)].map(([, loss]) => Number(loss));
    expect(losses.length).toBeGreaterThan(4);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 10);
    expect(stdout).toMatch(/^0 tensors left$/m);
    expect(stderr).toBe("");
  });
});
