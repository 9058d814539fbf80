import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("captioner"), world.clip);
  await mkdir(at("run"));
});

/** An evaluation that writes its captions over `file`. */
function exporting(file: string) {
  const given = ["--model-pth", at("captioner"), "--annotations-files", world.annotations, "--img-dirs", world.images];
  return { file, args: ["eval", "clipcap", ...given, "--no-evaluation", "--export-captions-file", file, "--force"] };
}

/** Commands whose output would take the place of `file`, which they read. */
const CASES: [string, () => { file: string; args: string[]; setUp?: () => Promise<unknown> }][] = [
  [
    "eval clipcap exports over what it imports",
    () => {
      const captions = JSON.stringify({ "red_test0.png": ["a red field ."] });
      const file = at("captions.json");
      const given = ["--import-captions-file", file, "--export-captions-file", file, "--annotations-files", world.annotations];
      return { file, args: ["eval", "clipcap", ...given, "--no-evaluation"], setUp: () => writeFile(file, captions) };
    },
  ],
  [
    "eval clipcap exports over annotations, through a link",
    () => {
      const given = ["--model-pth", at("captioner"), "--annotations-files", world.annotations, "--img-dirs", world.images];
      const args = ["eval", "clipcap", ...given, "--export-captions-file", at("linked.json"), "--no-evaluation"];
      return { file: world.annotations, args, setUp: () => symlink(world.annotations, at("linked.json")) };
    },
  ],
  [
    "caption",
    () => ({
      file: world.annotations,
      args: [
        ...["caption", "--model-pth", at("captioner"), "--img-dir", world.images],
        ...["--annotations-file", world.annotations, "--out-path", world.annotations, "--force"],
      ],
    }),
  ],
  ["eval clipcap exports over an image", () => exporting(join(world.images, "red_train0.png"))],
  ["eval clipcap exports over a part of the model", () => exporting(at("captioner", "config.json"))],
  [
    "caption writes over an image, through a link",
    () => {
      const file = join(world.images, "red_val0.png");
      const args = ["caption", "--model-pth", at("captioner"), "--img-dir", world.images, "--out-path", at("linked-image"), "--force"];
      return { file, args, setUp: () => symlink(file, at("linked-image")) };
    },
  ],
  [
    "caption writes over an image whose name does not end as one",
    () => {
      const file = join(world.images, "tile");
      const args = ["caption", "--model-pth", at("captioner"), "--img-dir", world.images, "--out-path", file, "--force"];
      return { file, args, setUp: () => copyFile(join(world.images, "red_val0.png"), file) };
    },
  ],
  [
    "caption writes over the configuration beside weights that are named themselves",
    () => ({
      file: at("captioner", "config.json"),
      args: [
        ...["caption", "--model-pth", at("captioner", "model.safetensors"), "--img-dir", world.images],
        ...["--out-path", at("captioner", "config.json"), "--force"],
      ],
    }),
  ],
  [
    "eval clip writes its table over a link to a part of the model, as the hub's cache has them",
    () => {
      const file = at("blob");
      const config = join(world.clip, "preprocessor_config.json");
      const args = [
        ...["eval", "clip", "--model-pth", world.clip, "--imgs-dir", world.images],
        ...["--scores-dir", world.clip, "--scores-file", "preprocessor_config.json"],
      ];
      return {
        file,
        args,
        setUp: async () => {
          await copyFile(config, file);
          await rm(config);
          await symlink(file, config);
        },
      };
    },
  ],
  [
    "caption writes over the encoder",
    () => ({
      file: join(world.clip, "config.json"),
      args: [
        ...["caption", "--model-pth", at("captioner"), "--encoder", world.clip, "--img-dir", world.images],
        ...["--out-path", join(world.clip, "config.json"), "--force"],
      ],
    }),
  ],
  [
    "embed writes its index over annotations",
    () => {
      const file = at("run", "embeddings.json");
      const given = ["--img-dir", world.images, "--annotations-file", file, "--format", "safetensors", "--force"];
      const args = ["embed", "--model-pth", world.clip, ...given, "--out-path", at("run")];
      return { file, args, setUp: async () => writeFile(file, await readFile(world.annotations)) };
    },
  ],
  [
    "eval clip writes its table over a part of the model",
    () => ({
      file: join(world.clip, "config.json"),
      args: [
        ...["eval", "clip", "--model-pth", world.clip, "--imgs-dir", world.images],
        ...["--scores-dir", world.clip, "--scores-file", "config.json"],
      ],
    }),
  ],
  [
    "study",
    () => {
      const file = at("study.json");
      const setUp = async () => writeFile(file, await readFile(world.annotations));
      return { file, args: ["study", file, "--out", folder, "--no-figure", "--force"], setUp };
    },
  ],
  [
    "report",
    () => {
      const file = at("run", "log.jsonl");
      return { file, args: ["report", at("run"), "--out", file], setUp: () => writeFile(file, "") };
    },
  ],
  [
    "eval clip",
    () => ({
      file: world.annotations,
      args: [
        ...["eval", "clip", "--model-pth", world.clip, "--imgs-dir", world.images, "--annotations-file", world.annotations],
        ...["--scores-dir", at("world"), "--scores-file", "captions.json"],
      ],
    }),
  ],
];

describe("what a command reads is not replaced by what comes of it", () => {
  it.each(CASES)("%s", async (_name, given) => {
    const { file, args, setUp } = given();
    await setUp?.();
    const before = await readFile(file, "latin1");
    const { code, err } = await cli(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/INVALID_ARGUMENT: .* is read as .*: name another file/) });
    expect(await readFile(file, "latin1")).toBe(before);
  });
});

describe("a file that is none of a command's own is replaced by --force only", () => {
  const commands: [string, string, () => string[]][] = [
    [
      "eval clip",
      "notes.tsv",
      () => [
        ...["eval", "clip", "--accelerator", "cpu", "--model-pth", world.clip, "--imgs-dir", world.images],
        ...["--scores-dir", at("us"), "--model-basename", "notes"],
      ],
    ],
    ["eval clipcap", "export.json", () => exporting(at("us", "export.json")).args.filter((arg) => arg !== "--force")],
    ["report", "page.txt", () => ["report", at("evaluated"), "--no-published", "--out", at("us", "page.txt")]],
  ];
  it.each(commands)("%s", async (_name, name, args) => {
    await mkdir(at("us"), { recursive: true });
    await mkdir(at("evaluated"), { recursive: true });
    await writeFile(at("evaluated", "scores.tsv"), "m\t0.500\t0.600\t0.700\t0.800\t0.900\n");
    const file = at("us", name);
    const notes = name.endsWith(".json") ? '{"name": "mine"}\n' : "my own\tnotes\n";
    await writeFile(file, notes);
    const { code, err } = await cli(args());
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/is there already and is not a .+: give --force to replace it/) });
    expect(await readFile(file, "utf8")).toBe(notes);
    expect(await cli([...args(), "--force"])).toMatchObject({ code: 0 });
    expect(await readFile(file, "utf8")).not.toBe(notes);
    expect(await cli(args())).toMatchObject({ code: 0 }); // its own
  });
});

describe("an output that is a device or a pipe is refused, and stays what it is", () => {
  const commands: [string, (out: string) => string[]][] = [
    ["caption", (out) => ["caption", "--model-pth", at("captioner"), "--img-dir", world.images, "--out-path", out, "--force"]],
    [
      "eval clipcap",
      (out) => [
        ...["eval", "clipcap", "--model-pth", at("captioner"), "--annotations-files", world.annotations, "--img-dirs", world.images],
        ...["--export-captions-file", out, "--no-evaluation"],
      ],
    ],
    ["report", (out) => ["report", at("run"), "--out", out]],
  ];
  it.each(commands)("%s", async (_name, args) => {
    const pipe = at("pipe");
    await rm(pipe, { force: true });
    execFileSync("mkfifo", [pipe]);
    await writeFile(at("run", "log.jsonl"), "");
    const { code, err } = await cli(args(pipe)); // never of /dev/null: should this fail, the machine would lose it
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/WRITE_FAILED: .* is a device, a pipe or a socket/) });
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });
});
