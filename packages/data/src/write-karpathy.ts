import type { CaptionDataset } from "./caption-dataset";
import { stringifyKarpathy } from "./stringify-karpathy";
import { writeFileAtomic } from "./write-file-atomic";

/**
 * Writes a data set as a Karpathy-style annotation file, atomically and in a stable order: the same data set gives the same bytes.
 *
 * @param file - path of the JSON file; its folder must exist.
 * @param dataset - the data set; `extra` fields are put beside the known ones.
 * @throws RsdixError WRITE_FAILED with the path and the reason (an older file stays whole); INVALID_ARGUMENT or FILE_CORRUPT when the data
 * set could not be read back without loss.
 * @example
 * ```ts
 * import { mkdtemp, readFile, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeKarpathy } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * await writeKarpathy(join(folder, "dataset.json"), { dataset: "empty", images: [] });
 * const json = JSON.parse(await readFile(join(folder, "dataset.json"), "utf8"));
 * if (json.dataset !== "empty") throw new Error("expected the data set's name");
 * await rm(folder, { recursive: true });
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306
 */
export async function writeKarpathy(file: string, dataset: CaptionDataset): Promise<void> {
  await writeFileAtomic(file, stringifyKarpathy(dataset));
}
