import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@rsdix/internal";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killed, numbersOf, train } from "../../../bench/train/killing.mjs";
import { scratchFolder } from "../../../test/scratch-folder";
import { checkpointFolder } from "../src/node";

const root = fileURLToPath(new URL("../../../", import.meta.url));
// Where its own imports are found; of the sources, so that the test doesn't run on a stale build.
const program = join(root, `node_modules/.cache/rsdix/trainer-${process.pid}.mjs`);

beforeAll(async () => {
  await mkdir(join(root, "node_modules/.cache/rsdix"), { recursive: true });
  await build({
    entryPoints: [join(root, "bench/train/trainer.mjs")],
    ...{ bundle: true, outfile: program, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" },
    tsconfig: join(root, "tsconfig.json"),
  });
});
afterAll(() => rm(program, { force: true }));

it("a training that is killed at any moment goes on, and gives what it would have given", async () => {
  const [folder, other] = [join(scratchFolder(), "killed"), join(scratchFolder(), "whole")];
  const store = checkpointFolder(folder);
  const run = await killed([process.execPath, program, folder], 8, createRandom(3).next, async ({ lines }) => {
    const saved = lines.filter(({ type }) => type === "checkpoint").at(-1);
    expect((await store.latest())?.step ?? 0).toBeGreaterThanOrEqual(saved?.step ?? 0); // whole, and what was said to be there is
  });
  expect(run.signals).toEqual(run.signals.map(() => "SIGKILL"));
  expect(run.code).toBe(0);
  const whole = await train([process.execPath, program, other, String(run.steps)]);
  expect(whole.lines.filter(({ type }) => type === "step")).toHaveLength(run.steps);
  expect(numbersOf(run.lines)).toEqual(numbersOf(whole.lines));
  expect((await store.latest())!.tensors).toEqual((await checkpointFolder(other).latest())!.tensors);
  expect(await readdir(folder)).toEqual(await readdir(other)); // what kills have left is gone
});

it.skipIf(process.platform === "win32")("a disk that takes no more ends it, with the last good checkpoint whole and named", async () => {
  const folder = join(scratchFolder(), "full");
  await train([process.execPath, program, folder, "3"]);
  // The system's own limit of a file's size, in blocks of 512 or 1,024 bytes: a checkpoint has 262,144.
  const limited = ["sh", "-c", 'ulimit -f 100 && exec "$@"', "sh", process.execPath, program, folder, "9"];
  const { lines, code } = await train(limited);
  expect(code).toBe(1);
  expect(lines.at(-1)).toMatchObject({
    type: "error",
    code: "WRITE_FAILED",
    message: expect.stringMatching(/EFBIG.* The last good checkpoint is .*step-000003\./),
  });
  expect((await readdir(folder)).filter((name) => !/^step-00000[1-3]$/.test(name))).toEqual([]);
  expect((await checkpointFolder(folder).latest())!.step).toBe(3);
  const { lines: rest } = await train([process.execPath, program, folder, "5"]);
  expect(rest.flatMap(({ type, step }) => (type === "step" ? [step] : []))).toEqual([4, 5]);
});
