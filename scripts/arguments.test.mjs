import { spawn } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join, resolve as resolvePath } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { listed, notCounts, notListed, notOneOf } from "./lib/arguments.mjs";
import { inLanes } from "./lib/lanes.mjs";
import { repository, trackedFiles } from "./lib/workspace.mjs";

/** Programs are all but modules that others import. */
const NO_PROGRAMS = [
  "bench/each.mjs",
  "bench/machine.mjs",
  "bench/process-bytes.mjs",
  "bench/rows.mjs",
  "bench/start.mjs",
  "bench/suites.mjs",
  "bench/svg.mjs",
  "bench/table.mjs",
  "bench/turns.mjs",
];
const programs = trackedFiles().filter(
  (path) =>
    /^(scripts\/(tfjs-node\/)?[\w-]+|bench\/[\w-]+|bench\/\w+\/(run|setup|storage)|packages\/backend-native\/scripts\/(build|platform-package|publish-manifest))\.mjs$/.test(
      path,
    ) && !NO_PROGRAMS.includes(path),
);
const built = existsSync(join(repository, "packages/train/dist/index.js"));
/** What measures the packages, or draws with them, loads them as they are built. */
const loads = (path) => /^(bench\/(\w+\/run|\w+\/storage|service)|scripts\/(loss-pictures|tfjs-node\/time))\.mjs$/.test(path);

function started(path, ...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [resolvePath(repository, path), ...args], { cwd: repository, stdio: ["ignore", "pipe", "pipe"] });
    const said = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text) => (said.out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (said.err += text));
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

describe("a wrong option", () => {
  const looked = programs.filter((path) => built || !loads(path));
  it(`is said in two lines by every program${built ? "" : " that needs no built packages (npm run build: all of them)"}`, {
    timeout: 300_000,
  }, async () => {
    expect(programs.length).toBeGreaterThan(25);
    const wrong = [];
    const look = async (path) => {
      const { code, out, err } = await started(path, "--wrong");
      const isWell =
        code === 2 && out === "" && /--wrong/.test(err) && err.split("\n")[1].startsWith(`Usage: node ${path}`) && /^.+\n.+\n$/.test(err);
      if (!isWell) wrong.push(`${path}: ${code}\n${out}${err}`);
    };
    await inLanes(
      2,
      looked.map((path) => () => look(path)),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    [["scripts/check-package.mjs", "nothing"], 'The package "nothing" isn\'t one of backend, '],
    [["scripts/setup.mjs", "now"], '"now" is one argument too many.'],
    [["scripts/build.mjs", "demo"], 'The workspace "demo" isn\'t one of @rsdix/backend, '],
    [["scripts/check-sources.mjs"], 'The check "" isn\'t one of lengths, paths.'],
    [["scripts/check-sources.mjs", "lengths,paths"], 'The check "lengths,paths" isn\'t one of lengths, paths.'],
    [["scripts/check-package.mjs", "data,image"], 'The package "data,image" isn\'t one of backend, '],
    [["scripts/check-browser.mjs", "data,image"], 'The package "data,image" isn\'t one of backend, '],
    [["scripts/tfjs-node/build.mjs"], "Say which folder the addon goes to."],
    [["packages/backend-native/scripts/build.mjs", "--sanitise"], "Unknown option '--sanitise'"],
    [["packages/backend-native/scripts/publish-manifest.mjs", "--chek"], "Unknown option '--chek'"],
    [["scripts/check-demo.mjs", "native,wasm"], 'The backend "native,wasm" isn\'t one of auto, '],
    [["scripts/pack.mjs", "package.json/packed"], `can't be made: ${join(repository, "package.json")} is a file.`],
    [["scripts/docs-site.mjs", "--out", "package.json/site"], `can't be made: ${join(repository, "package.json")} is a file.`],
    [["bench/gpu.mjs", "--out", "package.json/gpu.json"], `can't be made: ${join(repository, "package.json")} is a file.`],
    [["bench/gpu.mjs", "--ours", "gone.mjs"], '--ours "gone.mjs" isn\'t there.'],
    [["scripts/pack.mjs"], "Say which folder the packages go to."],
    [["scripts/docs-site.mjs", "--out"], "Option '--out <value>' argument missing."],
    [["scripts/test.mjs", "all"], '"all" is one argument too many.'],
    [["scripts/test.mjs", "--without-demo=yes"], "Option '--without-demo' does not take an argument."],
    [["bench/run.mjs", "loss"], 'There is no suite "loss".'],
    [["bench/run.mjs", "--quick", "losses"], '"losses" is one argument too many.'],
    [["bench/run.mjs", "table", "extra"], '"extra" is one argument too many.'],
    [["bench/self-distillation.mjs", "1,x"], '"1,x" is no list of seeds.'],
    [["bench/self-distillation.mjs", "1,2", "0"], 'runs at once "0" isn\'t a whole number above 0.'],
  ])("or argument of %j is named", refused);

  it.skipIf(!built).each([
    [["bench/service.mjs", "native,wasm"], 'The backend "native,wasm" isn\'t one of native, '],
    [["scripts/tfjs-node/time.mjs", "native,wasm"], 'The backend "native,wasm" isn\'t one of native, '],
    [["bench/train/run.mjs", "--backend", "native,wasm"], '--backend "native,wasm" isn\'t one of native, '],
    [["bench/backend/run.mjs", "--backend", "native,wasm"], '--backend "native,wasm" isn\'t one of native, '],
    [["bench/models/storage.mjs", "--backend", "native,wasm"], '--backend "native,wasm" isn\'t one of native, '],
    [["bench/scale/run.mjs", "native", "wasm"], '"wasm" is one too many'],
    [["bench/scale/run.mjs", "3", "many", "4"], '"4" is one too many'],
    [["bench/scale/run.mjs", "native,wasm"], '"native,wasm" is no section (overhead, '],
    [["bench/losses/run.mjs", "--quick", "--only", "infoNCE-tiled"], '--only "infoNCE-tiled" isn\'t one of memory, tiled, '],
    [["bench/losses/run.mjs", "--quick", "--only", "share-infoNCE"], '--only "share-infoNCE" isn\'t one of memory, tiled, '],
    [
      ["bench/losses/run.mjs", "--quick", "--only", "share", "--backend", "wasm"],
      "Nothing of --only share is measured on wasm: it's for native.",
    ],
    [
      ["bench/models/run.mjs", "--quick", "--only", "train", "--backend", "wasm"],
      "Nothing of --only train is measured on wasm: it's for native.",
    ],
    [["bench/backend/run.mjs", "--quick", "--only", "sgemm", "--peers", "torch"], "Nothing of --only sgemm is measured beside torch."],
  ])("or name of %j selects nothing, which is said before anything is measured", refused);

  async function refused([path, ...args], problem) {
    const { code, err } = await started(path, ...args);
    expect(err.split("\n")[0]).toContain(problem);
    expect(err.split("\n")[1]).toMatch(/^Usage: node /);
    expect(code).toBe(2);
  }
});

it.each([
  ["scripts/check-sources.mjs", "--help"],
  ["scripts/test-node.mjs", "-h"],
  ["bench/run.mjs", "--help"],
  ["packages/backend-native/scripts/build.mjs", "-h"],
])("%s %s says what it takes and does", async (path, option) => {
  const { code, out, err } = await started(path, option);
  expect([code, err, out]).toEqual([0, "", expect.stringMatching(`^Usage: node ${path}`)]);
  const [, , ...comment] = out.trimEnd().split("\n");
  expect(path.startsWith("packages/") || comment.join("").length >= 40).toBe(true); // what is published has none
});

it("every program begins with a comment that --help can show", () => {
  const commentOf = (path) => /^(?:#!.*\n)?((?:\/\/.*\n)+)/.exec(readFileSync(join(repository, path), "utf8"))?.[1] ?? "";
  expect(programs.filter((path) => !path.startsWith("packages/") && commentOf(path).length < 40)).toEqual([]);
});

it("a program that is started by way of a link does its work", async () => {
  const link = join(scratchFolder(), "link");
  symlinkSync(repository, link, "junction");
  expect(await started(join(link, "scripts/check-sources.mjs"), "nothing")).toMatchObject({ code: 2 });
});

it("lists and counts are looked at before anything is done with them", () => {
  expect(notListed("--only", undefined, ["a"])).toBe(undefined);
  expect(notListed("--only", "a,b", ["a", "b"])).toBe(undefined);
  expect(notListed("--only", "a,c", ["a", "b"])).toBe('--only "c" isn\'t one of a, b.');
  expect(notOneOf("--backend", undefined, ["a"])).toBe(undefined);
  expect(notOneOf("--backend", "a", ["a", "b"])).toBe(undefined);
  expect(notOneOf("--backend", "a,b", ["a", "b"])).toBe('--backend "a,b" isn\'t one of a, b.');
  expect(listed("b,a,b")).toEqual(["b", "a"]);
  expect(notCounts({ "--batch": "8" })).toBe(undefined);
  for (const text of ["0", "-1", "1.5", "x", ""])
    expect(notCounts({ "--batch": text })).toBe(`--batch "${text}" isn't a whole number above 0.`);
});

it("no program reads its arguments past the helper", () => {
  const own = ["scripts/test-node.mjs", "bench/run.mjs"]; // which hand arguments on to others, and refuse in the same words
  const others = programs.filter((path) => /process\.argv|parseArgs/.test(readFileSync(join(repository, path), "utf8")));
  expect(others.sort()).toEqual(own.sort());
});
