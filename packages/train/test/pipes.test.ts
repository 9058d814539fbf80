import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CliRun } from "../../../test/run-in-process";
import { scratchFolder } from "../../../test/scratch-folder";
import { buildCli } from "./built-cli";
import { cli } from "./run-cli";

let program: string;
let remove: () => Promise<void>;
let folder: string;

beforeAll(async () => {
  folder = scratchFolder("file");
  ({ program, remove } = await buildCli("pipes"));
});
afterAll(() => remove());

/** A named pipe. */
function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

/** Opens a named pipe for writing, which fails until somebody has it open for reading. */
const openRead = (path: string) => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);

/** What a command in bash ends with. */
async function bash(script: string): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn("bash", ["-c", script.replaceAll("RSDIX", `'${process.execPath}' '${program}'`)], { cwd: folder });
  let [out, err] = ["", ""];
  child.stdout.on("data", (text) => {
    out += text;
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

/**
 * What the command gives in this process, told to read a named pipe, `PIPE`, that a script in bash writes to: as a process does, which takes half a second to
 * begin, or `late` seconds more. A command that reads takes a pipe that is open for writing for one that is begun: so this one has it open after a second, as
 * long as bash hasn't.
 */
async function reading(args: readonly string[], script: string, late = 0): Promise<CliRun> {
  const named = pipe(`read-${pipes++}`);
  const begun = `sleep ${late}; { echo begun >&2; ${script}; } > '${named}'`;
  const writer = spawn("bash", ["-c", begun], { cwd: folder, stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = new Promise((resolve) => writer.once("close", resolve));
  let held: number | undefined;
  const holding = setInterval(() => {
    try {
      held ??= openRead(named);
    } catch {} // nobody reads it yet
  }, 1000);
  const letGo = () => {
    clearInterval(holding);
    if (held !== undefined) closeSync(held);
    held = undefined;
  };
  writer.stderr.once("data", letGo);
  try {
    return await cli(args.map((arg) => (arg === "PIPE" ? named : arg)));
  } finally {
    letGo();
    try {
      process.kill(-writer.pid!, "SIGKILL"); // with all that it started, since it waits where nobody reads
    } catch {} // it has ended
    await ended;
  }
}
let pipes = 0;

const CONFIG = "model: { lr: 1e-5 }";
const DATA = "--data.annotations_files a.json --data.img_dirs images --print-config";

describe.skipIf(process.platform === "win32")("a pipe that is given for a file", () => {
  it.each([
    ["what a program writes, by and by", `RSDIX fit clip --config <(sleep 0.5; echo 'model:'; sleep 0.5; echo '  lr: 1e-5') ${DATA}`],
    ["what has been written to its end", `RSDIX fit clip --config <(echo '${CONFIG}') ${DATA}`],
    ["the input", `echo '${CONFIG}' | RSDIX fit clip --config /dev/stdin ${DATA}`],
  ])("is read: %s", async (_what, script) => {
    expect(await bash(script)).toEqual({ code: 0, err: "", out: expect.stringContaining("\n  lr: 0.00001\n") });
  });

  it("is read: a named one, which is written to later", async () => {
    const run = await reading(["fit", "clip", "--config", "PIPE", ...DATA.split(" ")], `echo '${CONFIG}'`, 0.3);
    expect(run).toEqual({ code: 0, err: "", out: expect.stringContaining("\n  lr: 0.00001\n") });
  });

  it("is read: more than it holds", async () => {
    const run = await reading(
      ["fit", "clip", "--config", "PIPE", ...DATA.split(" ")],
      `head -c 300000 /dev/zero | tr '\\0' '#'; echo; echo '${CONFIG}'`,
    );
    expect(run).toEqual({ code: 0, err: "", out: expect.stringContaining("\n  lr: 0.00001\n") });
  });

  it("is read as an annotation, and as captions", async () => {
    const images = [{ filename: "a.jpg", imgid: 0, split: "test", sentences: [{ raw: "a red car" }, { raw: "two red cars" }] }];
    await writeFile(join(folder, "set.json"), JSON.stringify({ dataset: "set", images }));
    const study =
      "RSDIX study <(cat set.json) --form karpathy --metrics rougeL --perturbations colour --resamples 100 --no-figure --out study --json";
    expect(await bash(study)).toMatchObject({ code: 0, out: expect.stringContaining('"images": 1') });
    await writeFile(join(folder, "captions.json"), JSON.stringify({ "a.jpg": ["a red car"] }));
    const evaluation =
      "RSDIX eval clipcap --import-captions-file <(cat captions.json) --annotations-files set.json --metrics rougeL --model-basename m --json";
    expect(await bash(evaluation)).toMatchObject({ code: 0, out: expect.stringContaining('"images":1') });
  });

  it.each([
    ["JSON", "cat set.json"],
    ["NWPU's JSON", `echo '{"car":[{"filename":"a.jpg","imgid":0,"split":"test","raw":"a red car","raw_1":"two red cars"}]}'`],
    ["JSON lines", `echo '{"filename":"a.jpg","split":"test","captions":["a red car","two red cars"]}'`],
    [
      "JSON lines, of which there are two",
      `printf '%s\\n' '{"filename":"a.jpg","captions":["a car","a red car"]}' '{"filename":"b.jpg","captions":["a red car","red"]}'`,
    ],
    ["a table", "printf 'filename,split,caption\\na.jpg,test,a red car\\na.jpg,test,two red cars\\n'"],
    ["a table with tabs", "printf 'filename\\tsplit\\tcaption\\na.jpg\\ttest\\ta red car\\na.jpg\\ttest\\ttwo red cars\\n'"],
  ])("is read as an annotation whose form is told by what it holds: %s", async (what, script) => {
    const images = [{ filename: "a.jpg", imgid: 0, split: "test", sentences: [{ raw: "a red car" }, { raw: "two red cars" }] }];
    await writeFile(join(folder, "set.json"), JSON.stringify({ dataset: "set", images }));
    const out = ["--out", join(folder, "study"), "--force", "--json"];
    const study = ["study", "PIPE", "--metrics", "rougeL", "--perturbations", "colour", "--resamples", "100", "--no-figure", ...out];
    expect(await reading(study, script)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`"images": ${what.endsWith("two") ? 2 : 1}`),
    });
  });

  it("is refused as an annotation that is of no form", async () => {
    expect(await reading(["study", "PIPE", "--no-figure", "--out", join(folder, "lost")], "echo lost")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/FILE_CORRUPT: What was read from \S+\/read-\d+ is no annotation: it must be JSON, .*begins with "lost"/),
    });
  });

  it("is refused where several processes would read it", async () => {
    const annotation = pipe("annotation.json");
    const model = ["--model-pth", folder, "--accelerator", "cpu"];
    const parts = ["--parts", "2", "--jobs", "2"];
    const one = ["--img-dir", folder, "--annotations-file", annotation, "--out-path", join(folder, "out")];
    const kept = ["--parts-path", join(folder, "out")];
    const commands: [string, string[]][] = [
      ["--jobs 2", ["embed", ...model, ...parts, ...one]],
      ["--jobs 2", ["caption", ...model, ...parts, ...one]],
      ["--on redis", ["embed", ...model, "--parts", "2", "--on", "redis", "--redis", "redis://localhost:1", ...one]],
      ["--jobs 2", ["eval", "clip", ...model, ...parts, ...kept, "--imgs-dir", folder, "--annotations-file", annotation]],
      [
        "--jobs 2",
        ["eval", "clipcap", ...model, ...parts, ...kept, "--img-dirs", folder, "--annotations-files", annotation, "--metrics", "bleu"],
      ],
    ];
    for (const [flag, args] of commands)
      expect(await cli(args)).toMatchObject({
        ...{ code: 2, out: "" },
        err: expect.stringMatching(new RegExp(`annotation.json is a pipe, which can be read once, and ${flag} has each process read it`)),
      });
  });

  it("is read as a grid file", async () => {
    const grid = "script: train_clip.py\\nconfig_file: lost.yaml\\nattr_keys:\\n  model:\\n    lr: 1e-5,2e-5\\n";
    const search = ["search", "grid", "--grid-file", "PIPE", "--out", join(folder, "search")];
    expect(await reading(search, `printf '${grid}'`)).toMatchObject({
      ...{ code: 1, out: "" },
      err: "error: FILE_NOT_FOUND: lost.yaml cannot be read: there is no such file.\n",
    });
  });

  it("is refused where nobody writes to it, and stopped while it is waited for", async () => {
    const silent = pipe("silent");
    const args = ["fit", "clip", "--config", silent];
    expect(await cli(args)).toEqual({
      ...{ code: 1, out: "" },
      err: `error: FILE_NOT_FOUND: ${silent} cannot be read: it is a pipe, and in 5 seconds nobody began to write to it.\n`,
    });
    for (const waiting of [args, ["study", silent, "--form", "csv", "--no-figure"], ["search", "grid", "--grid-file", silent]])
      expect(await cli(waiting, { signal: AbortSignal.timeout(300) })).toMatchObject({
        ...{ code: 130, err: `Stopped: Reading ${silent} was stopped.\n` },
      });
  });

  it("is refused where it has no end", async () => {
    const { code, err } = await cli(["lr-find", "clip", "--config", "/dev/zero"]);
    expect({ code, err }).toEqual({ code: 1, err: "error: FILE_TOO_LARGE: /dev/zero goes on beyond the limit of 4000000 bytes.\n" });
  });

  it("is refused where it lies in a run's place", async () => {
    const run = join(folder, "run");
    await mkdir(run);
    pipe("run/log.jsonl");
    expect(await cli(["report", run])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/log\.jsonl cannot be read: it is a pipe, a device or a socket; name a run's folder\.\n$/),
    });
    const captions = pipe("out.json");
    const caption = ["caption", "--model-pth", folder, "--img-dir", folder, "--out-path", captions];
    expect(await cli(caption)).toMatchObject({ code: 1, err: expect.stringMatching(/out\.json cannot be read: it is a pipe, a device/) });
  });
});

it.skipIf(process.platform === "win32")("a second Ctrl-C ends a command that a disk keeps waiting", async () => {
  const [stuck, waitedFor] = [pipe("stuck"), pipe("waited-for")];
  const preload = join(folder, "stuck.mjs");
  // As a disk that does not answer: a thread that waits in the system, which process.exit waits for.
  await writeFile(preload, `import { open } from "node:fs"; open(${JSON.stringify(stuck)}, "r", () => undefined);`);
  const child = spawn(process.execPath, ["--import", preload, program, "fit", "clip", "--config", waitedFor], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<unknown>((resolve) => child.on("exit", (code, by) => resolve({ code, by })));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let [held, err]: [number | undefined, string] = [undefined, ""];
  child.stderr.on("data", (text) => {
    err += text;
  });
  try {
    held = await vi.waitFor(() => openRead(waitedFor), { timeout: 30_000 }); // it reads, and goes on waiting as long as this is open
    child.kill("SIGINT");
    await expect.poll(() => err).toContain("Stopped: Reading");
    await pause(1200); // since the first came: what follows at once is the same one
    child.kill("SIGINT");
    expect(await Promise.race([ended, pause(10_000)])).toEqual({ code: null, by: "SIGINT" });
  } finally {
    child.kill("SIGKILL");
    if (held !== undefined) closeSync(held);
  }
});
