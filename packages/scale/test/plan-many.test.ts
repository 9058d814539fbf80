import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { buildProgram } from "./built-program";

let folder: string;
let program: string;
beforeAll(async () => {
  folder = scratchFolder("file");
  program = await buildProgram(new URL("./plan-many.ts", import.meta.url));
});
afterAll(async () => {
  await rm(program, { force: true });
});

const ARCHIVES = 200_000;
/** 50 suffice, and 90 did not where each look at the plan made all names anew. */
const HEAP_MB = 75;

it("plans very many archives with their sizes and times in little memory, and finds the plan again", { timeout: 120_000 }, async () => {
  const last = { index: ARCHIVES - 1, name: "199999-tiles-199999", archive: "/archives/of/some/length/tiles-199999.tar" };
  for (const time of ["first", "again"]) {
    const args = [`--max-old-space-size=${HEAP_MB}`, program, join(folder, "run"), String(ARCHIVES)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect({ time, ...JSON.parse(stdout) }).toEqual({ time, pending: ARCHIVES, last });
  }
});
