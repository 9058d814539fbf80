import { startBackend } from "@rsdix/backend";
import type { ImageDataset, Split } from "@rsdix/data";
import { checkRange, fail } from "@rsdix/internal";
import type { CaptionOptions } from "@rsdix/models";
import { type Command, Option } from "commander";
import { captionDataset } from "../evaluate/caption-dataset";
import { openCaptionStore } from "../evaluate/caption-store";
import { checkWritable, refuseInputs } from "../output-folder";
import { openTrainedCaptioner } from "../recipes/open-evaluation";
import { checkModelNamed, findModel } from "../recipes/run-folder";
import { captionTask } from "../shards/caption-shard";
import { imagesOf } from "./images-of";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { addShardFlags, checkShardFlags, imageFlags, inShards, isSharded, type ShardFlags } from "./shard-flags";
import { addModelFlags, addReadingFlags, downloads, type ModelFlags, type ReadingFlags, readingOptions, withFiles } from "./shared-options";
import { decimal, positiveNumber, wholeNumber } from "./values";

interface Flags extends ModelFlags, ReadingFlags, ShardFlags {
  readonly encoder?: string;
  readonly imgDir?: string;
  readonly annotationsFile?: string;
  readonly split?: Split;
  readonly outPath: string;
  readonly useBeamSearch?: boolean;
  readonly beams?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly maxTokens?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Images between two writings of the file. */
const WRITE_EVERY = 50;
const BEAMS = 5;
const SEED = 42;

/** `caption`: captions of a folder's images. */
export function addCaption(program: Command, session: CliSession): void {
  const command = program
    .command("caption")
    .description(
      'Captions images into a JSON file, {"image": ["caption"]}, which is written every 50 images; images that are in the file already are left out. Decoding ' +
        "is greedy unless told otherwise. Archives are done in shards (--shards), a list in parts (--parts), by several processes (--jobs): a Parquet file each, which " +
        "rsdix merge joins. Flags may be written as the original writes them (--img_dir).",
    )
    .option("--img-dir <folder>", "the images: a folder, with folders in it, or a zip file")
    .option("--annotations-file <file>", "takes only the images that this annotation file names; all images without it")
    .addOption(new Option("--split <name>", "takes only those of the annotation's split").choices(["train", "val", "test"]))
    .requiredOption(
      "--out-path <file>",
      "the JSON file that the captions go to, its folder made where it is not there; with --shards or --parts a folder",
    )
    .option("--encoder <model>", "the image encoder, where the captioner brings none: CLIP or SigLIP")
    .option("--use-beam-search", "beam search")
    .option("--beams <number>", `its beams (${BEAMS})`, positiveNumber)
    .option("--top-p <share>", "samples, from the likeliest tokens that have this share of the probability, 0 to 1; 1: from all", decimal)
    .option("--top-k <tokens>", "of these at most so many (all)", positiveNumber)
    .option("--temperature <number>", "above 1 more even, below 1 nearer to greedy (1)", decimal)
    .option("--seed <number>", `where samples are drawn from (${SEED})`, wholeNumber)
    .option("--max-tokens <tokens>", "longest caption (67, or what GPT-2's context leaves)", positiveNumber)
    .option("--force", "replaces the file, and captions all images")
    .option("--json", "says what was done as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix caption --checkpoint last --img-dir RSICD_images --out-path captions.json --use-beam-search",
    );
  addModelFlags(command, "clipcap");
  addShardFlags(addReadingFlags(command, 32)).action((flags: Flags, given: Command) => {
    checkModelNamed(flags);
    checkShardFlags(flags, given, ["--force", "--skip-broken"], imageFlags(flags));
    return isSharded(flags) ? inShards(flags, session, sharded(flags, session)) : caption(flags, session);
  });
}

async function openCaptioner(source: string, flags: Flags, session: CliSession) {
  const { encoder, processor, maxTokens } = flags;
  await startBackend(flags.accelerator);
  return openTrainedCaptioner(source, {
    ...downloads(session),
    ...(encoder && { encoder }),
    ...(processor && { processor }),
    ...(maxTokens !== undefined && { maxTokens }),
  });
}

/** The same in shards. */
function sharded(flags: Flags, session: CliSession) {
  const decoding = decodingOf(flags);
  const { batchSize, numWorkers: workers } = flags;
  const task = async () => {
    const { captioner, close } = await openCaptioner(await findModel(flags), flags, session);
    return captionTask(captioner, close, { batchSize, workers, decoding });
  };
  return { images: () => imagesOf(flags, session), task };
}

async function caption(flags: Flags, session: CliSession): Promise<void> {
  const decoding = decodingOf(flags);
  const source = await findModel(flags);
  refuseInputs([flags.outPath], {
    ...{ files: [flags.annotationsFile], images: [flags.imgDir] },
    models: [source, flags.encoder, flags.processor],
  });
  const captions = await openCaptionStore(flags.outPath, {
    isForced: flags.force ?? false,
    signal: session.signal,
    onWait: (text) => session.noteOnce(text),
  });
  await checkWritable(flags.outPath);
  await withFiles(await imagesOf(flags, session), async (dataset) => {
    const images = dataset.images.filter(({ filename }) => !captions.has(filename));
    const kept = dataset.images.length - images.length;
    let made = 0;
    if (images.length > 0) {
      const { captioner, close } = await openCaptioner(source, flags, session);
      try {
        await captions.write(); // before anything is captioned: is there room for it?
        const progress = progressLine(session, "images captioned");
        let written = 0;
        const rest: ImageDataset = { ...dataset, images };
        try {
          for await (const batch of captionDataset(captioner, rest, { ...readingOptions(flags, session), decoding })) {
            for (const [i, filename] of batch.files.entries()) captions.set(filename, batch.captions[i]!);
            made = batch.done;
            progress({ done: kept + made, total: dataset.images.length });
            if (made - written < WRITE_EVERY) continue;
            await captions.write();
            written = made;
          }
        } finally {
          if (made > written) await captions.write();
        }
      } finally {
        close();
      }
    }
    const said = { captioned: made, kept, skipped: images.length - made, out: flags.outPath };
    const left = said.skipped > 0 ? `, ${said.skipped.toLocaleString("en")} left out` : "";
    const there = kept > 0 ? `, ${kept.toLocaleString("en")} were there (--force makes them anew)` : "";
    session.print(flags.json ? JSON.stringify(said) : `${made.toLocaleString("en")} images captioned${there}${left}: ${flags.outPath}`);
  });
}

type Decoding = Omit<CaptionOptions, "batchSize" | "onProgress" | "signal">;

/** How captions are decoded; flags that would do nothing are refused. */
function decodingOf({ useBeamSearch, beams, topP, topK, temperature, seed, maxTokens }: Flags): Decoding {
  const length = maxTokens === undefined ? {} : { maxTokens };
  const sampling = { "--top-k": topK, "--temperature": temperature, "--seed": seed };
  const given = Object.entries(sampling).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (topP === undefined && given.length > 0)
    fail("INVALID_ARGUMENT", `${given.join(", ")} would do nothing without --top-p, which samples (1: from all tokens).`);
  if (!useBeamSearch && beams !== undefined) fail("INVALID_ARGUMENT", "--beams would do nothing without --use-beam-search.");
  if (useBeamSearch && topP !== undefined) fail("INVALID_ARGUMENT", "Either --use-beam-search or --top-p can be had, not both.");
  if (useBeamSearch) return { ...length, beams: beams ?? BEAMS };
  if (topP === undefined) return length;
  if (topP <= 0 || topP > 1) fail("INVALID_ARGUMENT", `--top-p must be a share above 0 and at most 1 (1: from all tokens), got ${topP}.`);
  if (temperature !== undefined) checkRange(temperature, "--temperature", { min: 1e-6, max: 1000 });
  const nucleus = { p: topP, seed: seed ?? SEED, ...(topK !== undefined && { topK }), ...(temperature !== undefined && { temperature }) };
  return { ...length, nucleus };
}
