import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { inLanes } from "./lib/lanes.mjs";
import { repository } from "./lib/workspace.mjs";

/** Scripts that load nothing of what npm installs, or start it only later. */
const NEED_NOTHING = [
  "build.mjs",
  "check-chromium.mjs",
  "check-commits.mjs",
  "check-demo.mjs",
  "check-sources.mjs",
  "commit-message.mjs",
  "pack.mjs",
  "quiet-notes.mjs",
  "release-dry.mjs",
  "setup.mjs",
  "test-sanitize.mjs",
  "test-webgpu.mjs",
  "test.mjs",
];

/** What is started of the benchmarks, and needs what npm installs, or is built of it. */
const BENCHMARKS = [
  ...["bench/gpu.mjs", "bench/run.mjs", "bench/service.mjs", "bench/self-distillation.mjs"],
  ...["backend", "data", "losses", "metrics", "models", "scale", "train"].map((suite) => `bench/${suite}/run.mjs`),
  ...[
    "bench/data/augment.mjs",
    "bench/losses/figure.mjs",
    "bench/metrics/setup.mjs",
    "bench/models/figure.mjs",
    "bench/models/storage.mjs",
  ],
  "scripts/tfjs-node/time.mjs",
];

/** A copy of the scripts and benchmarks beside no node_modules, as in a new worktree. */
function notInstalled() {
  const folder = scratchFolder();
  const isWanted = (path) => !/\.test\.mjs$/.test(path) && basename(path) !== "fixtures";
  for (const part of ["bench", "scripts", "packages/backend-native/scripts"])
    cpSync(join(repository, part), join(folder, part), { recursive: true, filter: isWanted });
  return folder;
}

async function run(folder, script, ...args) {
  const env = { ...process.env, RSDIX_BENCH_PEERS: join(folder, "no-peers") };
  const child = spawn(process.execPath, [join(folder, script), ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, out, err };
}

it("without node_modules every script says in two lines what is wrong: of those that need it, that npm ci comes first", async () => {
  const folder = notInstalled();
  const scripts = readdirSync(join(folder, "scripts")).filter((name) => name.endsWith(".mjs"));
  const said = {};
  const look = async (script) => {
    said[script] = await run(folder, `scripts/${script}`, "--wrong");
  };
  await inLanes(
    2,
    scripts.map((script) => () => look(script)),
  );
  const first = { code: 1, out: "", err: expect.stringMatching(/^\S+ isn't installed here\.\nRun npm ci first, then this again\.\n$/) };
  const wrong = { code: 2, out: "", err: expect.stringMatching(/^.*--wrong.*\nUsage: .+\n$/) };
  for (const script of scripts) expect(said[script], script).toEqual(NEED_NOTHING.includes(script) ? wrong : first);
  expect(scripts).toEqual(expect.arrayContaining(NEED_NOTHING));
});

it("without node_modules benchmarks say in two lines at most that npm ci comes first, and start nothing", async () => {
  const folder = notInstalled();
  const said = {};
  const look = async (script) => {
    said[script] = await run(folder, script);
  };
  await inLanes(
    2,
    BENCHMARKS.map((script) => () => look(script)),
  );
  const lines =
    /^(\S+ isn't installed here\.\nRun npm ci first, then this again\.|The demo isn't built: npm ci and npm run build come first\.)\n$/;
  for (const script of BENCHMARKS) expect(said[script], script).toMatchObject({ code: 1, err: expect.stringMatching(lines) });
  expect(Object.values(said).map(({ out }) => out)).toEqual(BENCHMARKS.map(() => ""));
});

it("a package that isn't built is told from one that isn't installed", async () => {
  const folder = notInstalled();
  for (const [name, files] of [
    ["@tensorflow/tfjs", { "index.js": "" }],
    ["@rsdix/core-losses", {}],
    ["vega", { "index.js": "" }],
  ]) {
    const dir = join(folder, "node_modules", name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name, type: "module", exports: "./index.js" }));
    for (const [file, content] of Object.entries(files)) writeFileSync(join(dir, file), content);
  }
  expect(await run(folder, "scripts/loss-pictures.mjs")).toEqual({
    code: 1,
    out: "",
    err: expect.stringMatching(
      /^Cannot find module '.*core-losses.*: a package isn't built, or is installed in part\.\nRun npm ci and npm run build first, then this again\.\n$/,
    ),
  });
});
