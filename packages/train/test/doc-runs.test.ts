import { cpSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { argv, chdir, cwd } from "node:process";
import { fileURLToPath } from "node:url";
import { startBackend } from "@rsdix/backend";
import { AID } from "@rsdix/data";
import { writeWebDataset } from "@rsdix/data/node";
import { encodePng } from "@rsdix/image/node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { nwpuJson } from "../../data/test/make-annotations";
import { makeZip } from "../../data/test/make-zip";
import { small } from "../../data/test/scenes";
import { COMMIT, FakeHub, noise } from "../../models/test/fake-hub";
import { noRedis, startRedis } from "../../scale/test/redis-server";
import { openCaptions } from "../src/recipes/open-captions";
import { beginProgram } from "./begin-program";
import { buildCli } from "./built-cli";
import { makeTorchFiles, saveSiglip, tinyParaphrases } from "./doc-files";
import { blocksThatAreNotRun, type DocumentedCommand, documentedCommands, otherLines } from "./documented-commands";
import { cli } from "./run-cli";
import { saveGpt2, tinyWorld } from "./tiny-world";

/** What isn't run here, and why; the first that matches counts. */
const LISTED: readonly (readonly [command: RegExp, reason: string])[] = [
  ...(noRedis ? [[/--redis|^worker |^dashboard /, noRedis] as const] : []),
  [/--on slurm|^status /, "needs a Slurm: slurm.test.ts runs such commands"],
  [/^(data )?verify (rsicd|eurosat-rgb) /, "finds fault with all but the whole of a set: a test below says with what"],
  [/^study docs\//, "docs-study.test.ts runs it, and compares all that it writes"],
];

/** Lines of other programs, and where they are run. */
const OTHERS: readonly (readonly [line: RegExp, reason: string])[] = [
  [/^npm (install|ci)\b/, "installs from a registry: scripts/check-install.mjs installs what is packed, and npm ci begins every check"],
  [/^npm run (demo|build)\b|^npm test\b/, "is a gate of npm test, or npm test itself"],
  [/^npm run studio\b/, "serves until it is stopped: the studio's tests build and open it"],
  [/^node scripts\/pack\.mjs /, "packs: scripts/check-install.mjs starts it, and installs elsewhere what it made"],
  [/rsdix-backend-native build|backend-native\/scripts\/build\.mjs/, "compiles: a gate of npm test does, where there is a compiler"],
  [/^node examples\/mine\.mjs/, "is a program of the reader's own"],
  [/^npm start -w examples\/(own-model|caption-service)\b/, "is started by that example's tests"],
  [/^curl .*localhost:8080\//, "asks a service that is started: the example's tests ask the same paths, with the same forms and options"],
  [
    /^npm run preview -w examples\/notebooks\b|^RSDIX_\w+=\S+ npx vitest run --project notebooks\b/,
    "is of the notebooks' tests, or serves them",
  ],
  [/^cp .*configs/, "is what these tests begin with"],
  [/^git config core\.hooksPath /, "is for a contributor's clone: pre-commit.test.mjs and commit-message.test.mjs run what git then would"],
  [/^npm rebuild --ignore-scripts\b/, "links this clone's commands: the tests start them by their files"],
  [/^npm run release:dry\b/, "makes a release in a copy: release-dry.test.mjs tests what it says of one"],
  [/^apt-get |^python3 -m venv |^\.golden\/bin\//, "makes golden values anew with the reference libraries, which are no part of a check"],
  [/npx vitest run --project (models|metrics) /, "is some of the tests that npm test runs; those that lack a program or weights say so"],
  [
    /tfjs-node\b|RSDIX_TEST_BACKENDS=tensorflow |^node examples\/demo\/dist\/main\.js --backend tensorflow/,
    "wants tfjs-node, which is compiled with 232 MB of a wheel: by hand, when its figures are made",
  ],
];

const reasonOf = ({ words }: DocumentedCommand) => LISTED.find(([command]) => command.test(words.join(" ")))?.[1];
const commands = documentedCommands();
const pages = [...new Set(commands.map(({ page }) => page))];
const run = (list: readonly DocumentedCommand[]) => list.filter((each) => reasonOf(each) === undefined);

const guide = readFileSync(new URL("../../../docs/guides/train-on-your-data.md", import.meta.url), "utf8");

const home = cwd();
let folder: string;

/** Everything that the pages name, so small that a command takes seconds: a page begins with a copy of it. */
async function makeWorld(at: string): Promise<void> {
  const world = await tinyWorld(join(at, "made"));
  const copy = async (from: string, ...names: string[]) => {
    for (const name of names) await cp(from, join(at, name), { recursive: true });
  };
  await copy(world.clip, "openai/clip-vit-base-patch32", "openai/clip-vit-base-patch16");
  await saveGpt2(join(at, "gpt2"), 128);
  await saveSiglip(join(at, "google/siglip-base-patch16-224"));
  await writeFile(join(at, "paraphrase-en.gz"), tinyParaphrases());
  await copy(world.sentenceBert, "sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/paraphrase-TinyBERT-L6-v2");
  await copy(world.images, "images", "RSICD", "RSICD_images", "UCMD", "RSITMD", "NWPU");
  await copy(world.annotations, "dataset_rsicd.json", "rsicd.json", "ucmd.json", "rsitmd.json", "nwpu.json", "RSICD/dataset_rsicd.json");
  const classes = ["AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture", "PermanentCrop", "Residential"];
  for (const name of [...classes, "River", "SeaLake"]) {
    await mkdir(join(at, "EuroSAT_RGB", name), { recursive: true });
    await copyFile(join(world.images, "red_val0.png"), join(at, "EuroSAT_RGB", name, `${name}_1.png`));
  }
  const nwpu = nwpuJson(["airport", "forest"], 10);
  for (const [name, listed] of Object.entries(nwpu))
    await copy(join(world.images, "red_val0.png"), ...listed.map(({ filename }) => `NWPU-Captions/NWPU_images/${name}/${filename}`));
  await writeFile(join(at, "NWPU-Captions/dataset_nwpu.json"), JSON.stringify(nwpu));
  const { images } = JSON.parse(await readFile(world.annotations, "utf8")) as {
    images: { filename: string; split: string; sentences: { raw: string }[] }[];
  };
  const cloudy = images.map((image, i) => ({ ...image, clouds: i / images.length }));
  await writeFile(join(at, "tiles.json"), JSON.stringify({ images: cloudy }));
  const rows = images.map(({ filename, split, sentences }) => `${filename},"${sentences[0]!.raw}",${split}`);
  await writeFile(join(at, "captions.csv"), ["filename,caption,split", ...rows, ""].join("\n"));
  await mkdir(join(at, "mine")); // the guide's three images, and more, no two alike
  for (const [i, name] of ["harbour-1.png", "harbour-2.png", "harbour-3.png", ...images.map(({ filename }) => filename)].entries()) {
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, k) => (k * (i + 1) * 37) % 256);
    await writeFile(join(at, "mine", name), await encodePng({ width: 16, height: 16, data }));
  }
  const mine = /```text\n(filename,caption,split\n[^`]*)```/.exec(guide)![1]!;
  await writeFile(join(at, "mine/captions.csv"), [mine.trimEnd(), ...rows, ""].join("\n"));
  const zipped = await Promise.all(images.map(async ({ filename }) => [filename, await readFile(join(world.images, filename))] as const));
  await writeFile(join(at, "RSICD.zip"), await makeZip([["dataset_rsicd.json", await readFile(world.annotations)], ...zipped]));
  const dataset = await openCaptions(world.annotations, { images: world.images, signal: new AbortController().signal });
  await writeWebDataset(dataset, join(at), { shardSize: 8, name: "tiles" });
  const aid = AID.classes!.map(({ folder }) => folder);
  const inClasses = dataset.images.map((image, i) => ({ ...image, label: aid[i % aid.length]! })); // they have captions, too
  await writeWebDataset({ ...dataset, images: inClasses, classes: aid }, join(at, "classes"), { shardSize: 8, name: "tiles" });
  for (const i of [0, 1, 2, 3]) await rename(join(at, `classes/tiles-00000${i}.tar`), join(at, `tiles-00${i}.tar`));
  await dataset.files.close();
  const configs = fileURLToPath(new URL("../configs/", import.meta.url));
  for (const name of readdirSync(configs)) cpSync(join(configs, name), join(at, name));
  await writeFile(
    join(at, "clipcap.yaml"),
    "model:\n  clip_checkpoint_path: runs/clip-1/model\n  prefix_length: 10\ndata:\n  annotations_files: dataset_rsicd.json\n  img_dirs: RSICD_images\n",
  );
  await mkdir(join(at, "T32TMR"));
  const pixels = Uint16Array.from({ length: 256 * 256 }, (_, i) => 1000 + (i % 2500));
  for (const band of ["B02", "B03", "B04"])
    await writeFile(join(at, "T32TMR", `${band}.tif`), await small(pixels, 256, 256, { SamplesPerPixel: 1, BitsPerSample: [16] }));
  const seen = new Uint8Array(256 * 256).fill(4); // vegetation
  await writeFile(join(at, "T32TMR/SCL.tif"), await small(seen, 256, 256, { SamplesPerPixel: 1, BitsPerSample: [8] }));
  chdir(at);
  const data = ["--data.annotations_files", "dataset_rsicd.json", "--data.img_dirs", "images"];
  for (const args of [
    ["fit", "clip", ...data, "--trainer.max_epochs", "1"],
    [
      "fit",
      "clipcap",
      "--model.clip_checkpoint_path",
      "runs/clip-1/model",
      "--model.prefix_length",
      "10",
      ...data,
      "--trainer.max_epochs",
      "1",
    ],
    ["eval", "clip", "--model-pth", "runs/clip-1/model", "--imgs-dir", "EuroSAT_RGB", "--dataset", "eurosat-rgb"],
    ["data", "convert", "rsicd", "RSICD", "annotations.xml"],
  ]) {
    const { code, err } = await cli(args);
    if (code !== 0) throw new Error(`${args.join(" ")}: ${err}`);
  }
  await writeFile(join(at, "clip_config.yaml"), (await cli(["fit", "clip", ...data, "--print-config"])).out);
  await makeTorchFiles(at);
  await writeFile(join(at, "clip_grid.yaml"), GRID);
}

/** The grid file of the page on training, which others' commands name too. */
const GRID = /`clip_grid\.yaml`[^\n]*\n\n```yaml\n([^`]*)```/.exec(guide)![1]!;

/** The arguments as a shell hands them on, for this process alone; four archives are read in place of all, and a search has two trials. */
function argumentsOf({ program, words }: DocumentedCommand, redis?: string): string[] {
  const given = words.map((word) => word.replace(/^(['"])(.*)\1$/, "$2").replace("redis://host:6379", redis ?? "$&"));
  const alone = given.filter((word, i) => word !== "--jobs" && given[i - 1] !== "--jobs");
  if (program === "rsdix-data") return ["data", ...alone];
  if (alone[0] === "search") return alone.flatMap((word, i) => (alone[i - 1] === "--n-iter" ? ["1", "--n-init-points", "1"] : [word]));
  if (alone[0] === "deploy") return given;
  return alone.map((word) => word.replace(/\{(0+)\.\.0*9+\}/, (_, zeros: string) => `{${zeros}..${zeros.slice(1)}3}`));
}

it("lines of other programs in blocks for a shell are listed with where they run; no reason is for nothing", () => {
  const lines = otherLines();
  expect(lines.filter(({ line }) => !OTHERS.some(([pattern]) => pattern.test(line)))).toEqual([]);
  expect(OTHERS.filter(([pattern]) => !lines.some(({ line }) => pattern.test(line)))).toEqual([]);
});

/** Commands that read nothing of the page's folder, and so say the same on each page: run once. */
const ANYWHERE = /^(doctor|data list)$/;
const said = new Map<string, ReturnType<typeof cli>>();
function runOnce(args: readonly string[]): ReturnType<typeof cli> {
  const line = args.join(" ");
  const known = said.get(line) ?? cli(args);
  if (ANYWHERE.test(line)) said.set(line, known);
  return known;
}

describe("commands of the documentation, on small data under the names that the page says", { timeout: 600_000 }, () => {
  let built: Awaited<ReturnType<typeof buildCli>>;
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  const own = argv.slice(1);
  beforeAll(async () => {
    await startBackend("cpu");
    built = await buildCli("docs");
    if (!noRedis) redis = await startRedis();
    argv[1] = built.program; // what a search begins its trials with
    folder = scratchFolder("file");
    await makeWorld(join(folder, "world"));
  }, 300_000);
  afterAll(async () => {
    argv.splice(1, argv.length, ...own);
    await built.remove();
    await redis?.kill();
    chdir(home);
  });

  it.each(pages.map((page) => [page, commands.filter((each) => each.page === page)] as const).filter(([, all]) => run(all).length > 0))(
    "%s",
    async (page, all) => {
      const at = join(folder, page.replaceAll(/\W/g, "-"));
      await cp(join(folder, "world"), at, { recursive: true });
      chdir(at);
      const wrong: string[] = [];
      if (page.endsWith("quick-start.md")) await cp("images", "tiles", { recursive: true }); // elsewhere the name of what is made
      if (page.endsWith("train/README.md")) await cp("made/epoch_5.pt", "epoch_5.pt"); // of the same model as the .ckpt there, elsewhere of the run
      const serving = run(all).find(({ words }) => words[0] === "worker"); // at work beside the page's other commands
      const worker = serving && beginProgram(built.program, argumentsOf(serving, redis?.url), { cwd: at });
      for (const command of run(all).filter((each) => each !== serving)) {
        const args = argumentsOf(command, redis?.url);
        await writeFile("runs/last", `${/clipcap|^caption/.test(args.slice(0, 2).join(" ")) ? "clipcap-1" : "clip-1"}\n`);
        const began = performance.now();
        argv.splice(2, argv.length, ...args); // which a worker is told
        const { code, out, err } = await runOnce(args);
        console.log(`${command.at} ${((performance.now() - began) / 1000).toFixed(1)} s: ${args.join(" ")}`);
        if (command.into !== undefined) await writeFile(command.into, out);
        if (code !== 0) wrong.push(`${command.at}: rsdix ${args.join(" ")}\nended with ${code}\n${out}${err}`);
      }
      worker?.child.kill("SIGTERM");
      const ended = await worker?.ended;
      if (ended && ended.code !== 0) wrong.push(`${serving?.at}: ended with ${ended.code}\n${ended.out}${ended.err}`);
      expect(wrong).toEqual([]);
    },
  );

  it.each([
    ["rsicd", "RSICD", "- images: 32, published are 10921\n"],
    ["eurosat-rgb", "EuroSAT_RGB", "- images: 10, published are 27000\n"],
  ])("verify %s says what lacks to the whole", async (set, images, fault) => {
    const { code, out } = await cli(["data", "verify", set, join(folder, "world", images)]);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("error: count") });
    expect(out).toContain(fault);
  });

  it("blocks of code that are of a downloaded model and files of one's own run too, a training for two steps", async () => {
    const at = join(folder, "blocks");
    await cp(join(folder, "world"), at, { recursive: true });
    chdir(at);
    await copyFile("images/red_val0.png", "tile.png");
    const cache = fileURLToPath(new URL("../../../node_modules/.cache", import.meta.url)); // where their imports are found
    await mkdir(cache, { recursive: true });
    const made = await mkdtemp(join(cache, "rsdix-blocks-"));
    const hub = await FakeHub.of("openai/clip-vit-large-patch14", {
      ...{ "config.json": "{}", "tokenizer.json": "{}" },
      "model.safetensors": noise(4092),
    });
    vi.stubGlobal("fetch", hub.fetch);
    vi.stubEnv("HF_HUB_CACHE", join(at, "hub"));
    for (const name of ["HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE"]) vi.stubEnv(name, undefined);
    const log = vi.spyOn(console, "log");
    try {
      const printed: Record<string, unknown[][]> = {};
      for (const [i, { page, code }] of blocksThatAreNotRun().entries()) {
        const file = join(made, `${page.replaceAll(/\W/g, "-")}-${i}.ts`);
        await writeFile(file, code.replace("steps: 1000", "steps: 2"));
        log.mockClear();
        await import(/* @vite-ignore */ file);
        printed[page] = [...(printed[page] ?? []), ...log.mock.calls];
      }
      const { "packages/train/README.md": train, "docs/models/loading.md": loading, ...others } = printed;
      expect(train!.at(-1)).toEqual([expect.objectContaining({ type: "end" })]);
      expect(loading).toContainEqual(["model.safetensors: 100 % of all"]);
      expect(loading!.at(-1)).toEqual([COMMIT]);
      expect(others).toEqual({
        "README.md": [1, 2].map((step) => [step, expect.any(Number), expect.any(Number)]),
        "packages/metrics/README.md": [],
        "packages/models/README.md": [[expect.any(Float32Array)]],
        "packages/data/README.md": [[0, 16 * 3 * 224 * 224, [16, 3, 224, 224], expect.stringMatching(/^all is \w+ \.$/)], [32 + 10]],
        "docs/guides/captions-in-your-app.md": [[[expect.any(String)]]],
        "docs/guides/quick-start.md": [[expect.any(Float32Array)]],
      });
    } finally {
      log.mockRestore();
      vi.unstubAllGlobals();
      vi.unstubAllEnvs();
      await rm(made, { recursive: true });
    }
  });

  it(`${run(commands).length} of ${commands.length} are run, the others are listed with the reason; no reason is for nothing`, () => {
    const used = new Set(commands.map(reasonOf));
    expect(LISTED.map(([, reason]) => reason).filter((reason) => !used.has(reason))).toEqual([]);
    expect(run(commands).length).toBeGreaterThan(50);
  });
});
