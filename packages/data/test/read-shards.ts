import { drain } from "../../../test/drain";
import type { FilesSource } from "../src/files/open-files";
import { readWebDataset, type WebDatasetSample } from "../src/webdataset/read-webdataset";
import type { WebDatasetOptions } from "../src/webdataset/webdataset-options";

/** Bytes that stand for an image: nothing decodes them. */
export const PNG = Uint8Array.of(137, 80, 78, 71);

/** All samples of some shards. */
export async function all(source: FilesSource, options?: WebDatasetOptions): Promise<WebDatasetSample[]> {
  return drain(readWebDataset(source, options));
}

/** What is read before the error, and the error. */
export async function refusal(source: FilesSource, options?: WebDatasetOptions): Promise<string> {
  const keys: string[] = [];
  try {
    for await (const { key } of readWebDataset(source, options)) keys.push(key);
  } catch (error) {
    return `${[...keys, (error as { code: string }).code].join(" ")}: ${(error as Error).message}`;
  }
  return `${keys.join(" ")}: no error`;
}
