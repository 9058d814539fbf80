import { join } from "node:path";
import type { Split } from "@rsdix/data";
import { type Command, Option } from "commander";
import { embedImages } from "../embeddings/embed-images";
import type { EmbeddingKey } from "../embeddings/embedding-store";
import { NPY_INDEX, openNpyStore } from "../embeddings/npy-store";
import { openSafetensorsStore, SAFETENSORS_FILES } from "../embeddings/safetensors-store";
import { refuseInputs } from "../output-folder";
import { hashOf } from "../recipes/clipcap-recipe";
import { widthOf } from "../recipes/open-captioner";
import { checkModelNamed, findModel } from "../recipes/run-folder";
import { embedTask } from "../shards/embed-shard";
import { openEmbeddingModel } from "./embedding-model";
import { imagesOf } from "./images-of";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { addShardFlags, checkShardFlags, imageFlags, inShards, isSharded, type ShardFlags } from "./shard-flags";
import { addModelFlags, addReadingFlags, type ModelFlags, type ReadingFlags, readingOptions, roleFlag, withFiles } from "./shared-options";

interface Flags extends ModelFlags, ReadingFlags, ShardFlags {
  readonly role?: "student" | "teacher";
  readonly imgDir?: string;
  readonly annotationsFile?: string;
  readonly split?: Split;
  readonly outPath: string;
  readonly format: "npy" | "safetensors";
  readonly normalize?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `embed`: embeddings of images. */
export function addEmbed(program: Command, session: CliSession): void {
  const command = program
    .command("embed")
    .description(
      "Embeds images with CLIP or SigLIP: a file an image, as NumPy reads it, or all in one file of safetensors. Embeddings that are there, of the same image " +
        "by the same model, are kept. Archives are done in shards (--shards), a list in parts (--parts), by several processes (--jobs): a Parquet file each, which " +
        "rsdix merge joins; what is done is kept, and the same command goes on. Flags may be written as the original writes them (--img_dir).",
    )
    .option("--img-dir <folder>", "the images: a folder, with folders in it, or a zip file")
    .option("--annotations-file <file>", "takes only the images that this annotation file names; all images without it")
    .addOption(new Option("--split <name>", "takes only those of the annotation's split").choices(["train", "val", "test"]))
    .requiredOption("--out-path <folder>", "the folder that the embeddings go to")
    .addOption(
      new Option(
        "--format <name>",
        '"npy": <image>.npy, float32 [dim]; "safetensors": the array "embeddings" [images, dim], names beside it',
      )
        .choices(["npy", "safetensors"])
        .default("npy"),
    )
    .option("--normalize", "scales each embedding to length 1; as the model gives it otherwise")
    .option("--force", "replaces embeddings of another model, and makes all anew")
    .option("--json", "says what was done as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix embed --model-pth openai/clip-vit-base-patch32 --img-dir RSICD_images --out-path embeddings",
    );
  addModelFlags(command, "clip", "whose image processor is used in place of the model's own: an id of the hub or a folder").addOption(
    roleFlag(),
  );
  addShardFlags(addReadingFlags(command, 64)).action((flags: Flags, given: Command) => {
    checkModelNamed(flags);
    checkShardFlags(flags, given, ["--format", "--force", "--skip-broken"], imageFlags(flags));
    return isSharded(flags) ? inShards(flags, session, sharded(flags, session)) : embed(flags, session);
  });
}

/** The same in shards. */
function sharded(flags: Flags, session: CliSession) {
  const { batchSize, numWorkers: workers, normalize = false } = flags;
  const task = async () => embedTask(await openEmbeddingModel(flags, session, "image"), { batchSize, workers, normalize });
  return { images: () => imagesOf(flags, session), task };
}

async function embed(flags: Flags, session: CliSession): Promise<void> {
  const { outPath, format, normalize: normalized = false, force: isForced = false } = flags;
  const files = format === "npy" ? [NPY_INDEX] : SAFETENSORS_FILES;
  refuseInputs(
    files.map((name) => join(outPath, name)),
    { files: [flags.annotationsFile], images: [flags.imgDir], models: [await findModel(flags), flags.processor] },
  );
  await withFiles(await imagesOf(flags, session), async (dataset) => {
    const model = await openEmbeddingModel(flags, session, "image");
    try {
      const key: EmbeddingKey = {
        model: hashOf(model),
        preprocessing: JSON.stringify(model.processor.config),
        normalized,
        dim: widthOf(model),
      };
      const open = format === "npy" ? openNpyStore : openSafetensorsStore;
      const store = await open(outPath, key, { isForced, signal: session.signal, onWait: (text) => session.noteOnce(text) });
      let whole = false;
      try {
        const progress = progressLine(session, "images embedded");
        const counts = await embedImages(model, dataset, store, {
          ...readingOptions(flags, session),
          normalize: normalized,
          onProgress: progress,
        });
        whole = true;
        await store.close(dataset.images.map(({ filename }) => filename));
        const { embedded, kept, skipped } = counts;
        const left = skipped > 0 ? `, ${skipped.toLocaleString("en")} left out` : "";
        const text = `${embedded.toLocaleString("en")} images embedded, ${kept.toLocaleString("en")} were there${left}: ${store.place}`;
        session.print(flags.json ? JSON.stringify({ ...counts, dim: key.dim, out: store.place }) : text);
      } finally {
        if (!whole) await store.close();
      }
    } finally {
      model.dispose();
    }
  });
}
