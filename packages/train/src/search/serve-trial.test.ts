import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { serveTrial } from "./serve-trial";
import { resultFile } from "./trial-remote";

const ID = "7";
/** In place of our program: its loss is the number of its arguments, of which the last says where to write. */
const PROGRAM = `
import { writeFileSync } from "node:fs";
const args = process.argv.slice(2);
if (args.includes("--fail")) throw new Error("out of memory");
writeFileSync(args.at(-1) + "/log.jsonl", JSON.stringify({ type: "validation", metrics: { loss: args.length } }));
`;

function prepared(more: object = {}) {
  const out = scratchFolder();
  const folder = join(out, "trial-001");
  writeFileSync(join(out, "program.mjs"), PROGRAM);
  writeFileSync(`${folder}.json`, JSON.stringify({ trial: 1, job: ID }));
  mkdirSync(folder);
  writeFileSync(join(folder, "of-before"), "");
  const task = { kind: "trial", folder, args: ["fit", "clip", folder], own: false, metric: "loss", cwd: out, ...more };
  const options = {
    program: [process.execPath, join(out, "program.mjs")],
    ownCommands: false,
    beatMs: 20,
    signal: new AbortController().signal,
  };
  const results = resultFile(folder, ID);
  const serve = (job: object = {}, other: object = {}) =>
    serveTrial({ id: ID, name: "trial 1", results, task, ...job }, { ...options, ...other });
  return { folder, results, serve };
}
const said = (results: string) => JSON.parse(readFileSync(results, "utf8"));

describe("a worker's trial", () => {
  it("is rsdix fit in an empty folder; its value, or its failure, is written", async () => {
    const well = prepared();
    expect(await well.serve()).toBe(true);
    expect(said(well.results)).toEqual({ value: 3 });
    expect([existsSync(join(well.folder, "of-before")), existsSync(`${well.folder}.claim`)]).toEqual([false, false]);
    const ill = prepared({ args: ["fit", "clip", "--fail"] });
    expect(await ill.serve()).toBe(true);
    expect(said(ill.results)).toEqual({ failed: expect.stringMatching(/^The trial's process ended with 1: Error: out of memory/) });
  });

  it("has the highest value where the search looks for that, and the lowest where it does not say", async () => {
    const two =
      "import { writeFileSync } from 'node:fs'; writeFileSync('trial-001/log.jsonl', [1, 2].map((loss) => JSON.stringify({ type: 'validation', metrics: { loss } })).join('\\n'))";
    const measured = async (more: object) => {
      const { results, serve } = prepared({ own: true, args: [process.execPath, "--input-type=module", "-e", two], ...more });
      await serve({}, { ownCommands: true });
      return said(results).value;
    };
    expect(await Promise.all([{ mode: "max" }, { mode: "min" }, {}].map(measured))).toEqual([2, 1, 1]);
  });

  it("is nothing else of this program, and a grid file's program only where that is allowed", async () => {
    const other = prepared({ args: ["convert", "a"] });
    expect(await other.serve()).toBe(false);
    expect(said(other.results)).toEqual({ broken: 'a worker runs rsdix fit, and was asked for "convert"' });
    const own = prepared({ own: true, args: ["no-such-program"] });
    await own.serve();
    expect(said(own.results)).toEqual({ broken: expect.stringMatching(/--own-commands does$/) });
    const allowed = prepared({ own: true, args: ["no-such-program"] });
    await allowed.serve({}, { ownCommands: true });
    expect(said(allowed.results)).toEqual({ broken: expect.stringMatching(/no-such-program cannot be started/) });
  });

  it("touches no folder of which no search has said that it is a trial's", async () => {
    const { folder, results, serve } = prepared();
    writeFileSync(`${folder}.json`, JSON.stringify({ trial: 1, job: "another" }));
    expect(await serve()).toBe(false);
    writeFileSync(`${folder}.json`, JSON.stringify({ trial: 1 }));
    expect(await serve()).toBe(false);
    expect([existsSync(join(folder, "of-before")), existsSync(results)]).toEqual([true, false]);
    await expect(serve({ results: join(folder, "x") })).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /A trial's results go to .*7\.result, not to/),
    );
    for (const wrong of [{ folder: "/" }, { folder: 5 }, { args: [1] }, { kind: "shard" }, { mode: "most" }])
      await expect(prepared(wrong).serve()).rejects.toEqual(refusal("INVALID_ARGUMENT", /was asked for something else/));
    const elsewhere = "/no/where/trial-001";
    await expect(prepared({ folder: elsewhere }).serve({ results: resultFile(elsewhere, ID) })).rejects.toEqual(
      refusal("FILE_NOT_FOUND", /^\/no\/where, the search's folder, is not there on this machine/),
    );
  });

  it("ends without a word when the worker is told to end", async () => {
    const { results, folder, serve } = prepared();
    expect(await serve({}, { signal: AbortSignal.abort(new Error("stopped")) })).toBe(false);
    expect([existsSync(results), existsSync(join(folder, "of-before"))]).toEqual([false, true]);
  });

  it("is not its own any more where another took it, also before it has looked", async () => {
    const take = "fs.writeFileSync('trial-001.claim', 'another 0')";
    const { results, folder, serve } = prepared({ own: true, args: [process.execPath, "-e", take] }); // which leaves no log
    expect(await serve({}, { ownCommands: true, beatMs: 60_000 })).toBe(false);
    expect([existsSync(results), readFileSync(`${folder}.claim`, "utf8")]).toEqual([false, "another 0"]);
  });
});
