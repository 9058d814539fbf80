import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { cli } from "./run-cli";
import { MODELS } from "./wrong-inputs/models";
import { OTHERS } from "./wrong-inputs/others";
import { TRAINING } from "./wrong-inputs/training";
import type { WrongInputs } from "./wrong-inputs/wrong-input";

const WRONG: WrongInputs = { ...TRAINING, ...MODELS, ...OTHERS };
const LEAST = 5;
/** As the guides say: another command, or another installation, mends these. */
const USAGE = /^error: (INVALID_ARGUMENT|UNKNOWN_OPTION|MISSING_DEPENDENCY): |^error: (?![A-Z_]+: )/m;

const record = { filename: "a.png", imgid: 0, split: "test", sentences: [{ raw: "a lake ." }] };
const FILES: Readonly<Record<string, string>> = {
  "note.txt": "no image, no model\n",
  "broken.json": "{",
  "broken.yaml": "model: {lr: [}\n",
  "unknown.yaml": "model: {aplha: 1}\n",
  "captions.json": JSON.stringify({ dataset: "mine", images: [record] }),
  "made.json": JSON.stringify({ "a.png": ["a lake ."] }),
  "grid.yaml": 'command: [node, train.mjs, "{args}", "{folder}"]\nattr_keys: {model: {lr: "1e-6,1e-4"}}\n',
  "script.yaml": "script: train_clip.py\nattr_keys: {model: {aplha: [1, 2]}}\n",
  "data.yaml": "data: {annotations_files: a.json, img_dirs: a}\n",
  "run/log.jsonl": '{"type":"start","task":"clip","step":0,"steps":5}\n',
};

let folder: string;
beforeAll(() => {
  folder = scratchFolder("file");
  for (const name of ["empty", "run"]) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const trials = `script: train_clip.py\nconfig_file: ${join(folder, "data.yaml")}\nattr_keys: {model: {lr: "1e-6,1e-4"}}\n`;
  writeFileSync(join(folder, "trials.yaml"), trials);
});

const inFull = (text: string) => text.replaceAll("@", `${folder}/`);

/** Names and contents of all files in the test's folder, and names in the one that relative paths are of. */
function written(): unknown {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.map((entry) => [
    join(entry.parentPath, entry.name),
    entry.isFile() ? readFileSync(join(entry.parentPath, entry.name), "utf8") : "",
  ]);
  return { files: files.sort(), here: readdirSync(".") };
}

/** The commands that the help lists, with those below them. */
async function commands(...above: string[]): Promise<string[]> {
  const { out } = await cli([...above, "--help"]);
  const [, list = ""] = out.split(/^Commands:\n/m);
  const names = [...list.split("\n\n")[0]!.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name!).filter((name) => name !== "help");
  if (names.length === 0) return [above.join(" ")];
  const below: string[] = [];
  for (const name of names) below.push(...(await commands(...above, name)));
  return below;
}

it("Every command of the help has --json", async () => {
  const without: string[] = [];
  for (const command of await commands()) {
    const { out } = await cli([...command.split(" "), "--help"]);
    if (!/^ {2}--json /m.test(out)) without.push(command);
  }
  expect(without).toEqual([]);
});

describe("wrong inputs", () => {
  it(`of every command of the help are here, ${LEAST} at least`, async () => {
    expect(Object.keys(WRONG).sort()).toEqual((await commands()).sort());
    expect(Object.entries(WRONG).flatMap(([command, { length }]) => (length < LEAST ? [command] : []))).toEqual([]);
  });

  const cases = Object.entries(WRONG).flatMap(([command, inputs]) => inputs.map((input) => [command, ...input] as const));
  it.each(cases)("rsdix %s ends with %d: %s", async (command, code, args, offending, said) => {
    const before = written();
    const run = await cli([...command.split(" "), ...inFull(args).split(" ").filter(Boolean)]);
    expect({ code: run.code, out: run.out }).toEqual({ code, out: "" });
    expect(run.err).toContain(inFull(offending));
    expect(run.err).toContain(inFull(said));
    expect(USAGE.test(run.err)).toBe(code === 2);
    expect(run.err).not.toMatch(/^\s+at |\(unexpected:/m); // no stack trace, and nothing that nobody foresaw
    expect(run.err.match(/^error: /gm)).toHaveLength(1);
    expect(written()).toEqual(before);
  });
});
