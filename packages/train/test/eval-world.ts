import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { openClasses } from "@rsdix/data";
import { writeWebDataset } from "@rsdix/data/node";
import { expect } from "vitest";
import type { CliRun } from "../../../test/run-in-process";
import { scratchFolder } from "../../../test/scratch-folder";
import { openCaptions } from "../src/recipes/open-captions";
import { buildCli, runProgram } from "./built-cli";
import { saveTinyCaptioner } from "./tiny-captioner";
import { type TinyWorld, tinyWorld } from "./tiny-world";

/** What evaluations in parts or shards are tried on. */
export interface EvalWorld {
  readonly world: TinyWorld;
  /** The command as a program. */
  readonly program: string;
  /** A place in the folder. */
  at(...names: string[]): string;
  /** Runs the command in a process of its own, which may begin others. */
  run(args: readonly string[]): Promise<CliRun>;
  /** The command that scores the tiny model, of which the images are missing. */
  clip(scores: string): string[];
  /** The command that captions, of which the images are missing. */
  clipcap(scores: string): string[];
  /** All that an evaluation wrote, by name. */
  filesOf(scores: string): Promise<Record<string, string>>;
  remove(): Promise<void>;
}

/** A tiny set, a model and a captioner of it, in a folder of their own. */
export async function evalWorld(name: string): Promise<EvalWorld> {
  await startBackend("cpu");
  const folder = scratchFolder("file");
  const at = (...names: string[]) => join(folder, ...names);
  const world = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("captioner"), world.clip);
  const { program, remove } = await buildCli(name);
  const common = ["--accelerator", "cpu", "--batch-size", "4"];
  return {
    ...{ world, program, at },
    run: (args) => runProgram(program, args),
    clip: (scores) => [...["eval", "clip", ...common, "--model-pth", world.clip, "--model-basename", "tiny", "--scores-dir", at(scores)]],
    clipcap: (scores) => [
      ...["eval", "clipcap", ...common, "--model-pth", at("captioner"), "--max-tokens", "6", "--metrics", "bleu,rougeL"],
      ...["--scores-dir", at(scores), "--export-captions-file", at(`${scores}.json`)],
    ],
    async filesOf(scores) {
      const names = (await readdir(at(scores))).sort();
      return Object.fromEntries(await Promise.all(names.map(async (each) => [each, await readFile(at(scores, each), "utf8")] as const)));
    },
    async remove() {
      await remove();
    },
  };
}

/** Writes the images as archives: `classes` with a list of these, `captions` without. */
export async function writeArchives({ world, at }: EvalWorld): Promise<void> {
  const classes = await openClasses(world.images, "images");
  await writeWebDataset(classes, at("classes"), { shardSize: 2, name: "tiles" });
  const { classes: _, ...captions } = await openCaptions(world.annotations, { images: world.images, signal: new AbortController().signal });
  await writeWebDataset(captions, at("captions"), { shardSize: 8, name: "tiles" });
  await Promise.all([classes.files.close(), captions.files.close()]);
}

/** What is said beside the lines of progress, which come where the machine is busy. */
export const unhurried = (err: string) => err.replaceAll(/^\d+ of \d+ (shards|images).*\n/gm, "");

/** What a refused command gives. */
export const refused = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });
