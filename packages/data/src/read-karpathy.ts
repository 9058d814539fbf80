import { readFile, stat } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import type { CaptionDataset } from "./caption-dataset";
import { decodeText } from "./captions/decode-text";
import { checkParseOptions } from "./captions/draft";
import { parseJsonText } from "./captions/parse-json-text";
import { type ParseKarpathyOptions, settleKarpathy } from "./parse-karpathy";

// Karpathy's COCO, the largest file of this form, has 144 MB; text of more than 512 MB would not fit into one JavaScript string.
const MAX_BYTES = 400 * 2 ** 20;

/**
 * Reads a Karpathy-style annotation file (RSICD, UCM-Captions, RSITMD) and checks every field of it.
 *
 * @param file - path of the JSON file.
 * @param options - `defaultSplit` for files without splits, `onError` ("throw") and `onSkip`.
 * @returns the data set.
 * @throws RsdixError FILE_NOT_FOUND; FILE_TOO_LARGE above 400 MiB; FILE_CORRUPT when it is not JSON in UTF-8, when a key stands in an
 * object twice, or naming image and field that are not as expected; INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import type { CaptionRecord } from "@rsdix/data";
 * import { readKarpathy, writeKarpathy } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const images: CaptionRecord[] = [{ filename: "lake_1.jpg", imgid: 0, split: "train", sentences: [{ raw: "a lake" }] }];
 * await writeKarpathy(join(folder, "dataset.json"), { dataset: "tiny", images });
 * const { dataset } = await readKarpathy(join(folder, "dataset.json"));
 * if (dataset !== "tiny") throw new Error("expected the data set's name");
 * await rm(folder, { recursive: true });
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306
 */
export async function readKarpathy(file: string, options: ParseKarpathyOptions = {}): Promise<CaptionDataset> {
  const reading = checkParseOptions(options, "readKarpathy");
  const json = parseJsonText(decodeText(await readBytes(file), file), file, reading);
  const dataset = settleKarpathy(json, file, options, reading);
  await reading.settled();
  return dataset;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) fail("FILE_TOO_LARGE", `${file} has ${size} bytes, more than the limit of ${MAX_BYTES}. Split it into parts.`);
    return await readFile(file);
  } catch (cause) {
    if ((cause as Error).name === "RsdixError") throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EISDIR") fail("INVALID_ARGUMENT", `${file} is a folder, expected an annotation file (JSON).`, cause);
    fail("FILE_NOT_FOUND", `${file} cannot be read: ${code === "ENOENT" ? "there is no such file. Check the path" : message}.`, cause);
  }
}
