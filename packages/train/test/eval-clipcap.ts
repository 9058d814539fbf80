import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { scratchFolder } from "../../../test/scratch-folder";
import { cli } from "./run-cli";
import { saveTinyCaptioner } from "./tiny-captioner";
import { tinyWorld } from "./tiny-world";

/** Captions of a few tokens, and the metrics that need nothing else. */
export const SHORT = ["--max-tokens", "6", "--metrics", "bleu,rougeL"];

/** A folder with a tiny world and its captioner, and `rsdix eval clipcap` there, whose tables go into its folder "scores". */
export async function evalClipCap() {
  await startBackend("cpu");
  const folder = scratchFolder("file");
  const world = await tinyWorld(join(folder, "world"));
  const captioner = join(folder, "tiny-captioner");
  await saveTinyCaptioner(captioner, world.clip);
  const images = ["--annotations-files", world.annotations, "--img-dirs", world.images];
  const run = (...args: string[]) =>
    cli(["eval", "clipcap", ...args, ...(args.includes("--no-evaluation") ? [] : ["--scores-dir", join(folder, "scores")])]);
  const caption = (...args: string[]) => run("--model-pth", captioner, ...images, "--accelerator", "cpu", ...args);
  return { folder, world, captioner, images, run, caption };
}
