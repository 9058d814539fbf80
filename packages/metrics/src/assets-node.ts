import { fail } from "@rsdix/internal";
import type { AssetsPlatform } from "./assets";
import { fetchAsset } from "./fetch-asset";

/** Node: texts are paths, or addresses where they say so. */
export const platform: AssetsPlatform = {
  // Made when they are asked for: in a bundle that isn't a module there is no address to start from.
  get wordNetUrl() {
    return new URL("./wordnet.bin", import.meta.url);
  },
  get spiceParserUrl() {
    return new URL("./spice-parser.bin", import.meta.url);
  },
  async open(from, signal) {
    const text = String(from);
    if (/^https?:/i.test(text)) return fetchAsset(text, signal);
    if (/^(?!file:)[a-z][a-z\d+.-]+:\/\//i.test(text))
      fail("INVALID_ARGUMENT", `${text} is no address that can be read: give an http:, https: or file: one, or a path.`);
    // Here and not above: what only METEOR and SPICE need would take a fifth of the time in which this package is loaded.
    const [{ createReadStream }, { stat }, { Readable }, { fileURLToPath }] = await Promise.all([
      import("node:fs"),
      import("node:fs/promises"),
      import("node:stream"),
      import("node:url"),
    ]);
    const path = /^file:/i.test(text) ? pathOf(text, fileURLToPath) : text;
    const unreadable = (cause: Error) => fail("FILE_NOT_FOUND", `${path} can't be read: ${cause.message}. Check the path.`, cause);
    const status = await stat(path).catch(unreadable);
    if (!status.isFile())
      fail("INVALID_ARGUMENT", `${path} is ${status.isDirectory() ? "a folder" : "a device or a pipe"}, expected a file.`);
    const stream = Readable.toWeb(createReadStream(path, { highWaterMark: 2 ** 18 })) as ReadableStream<Uint8Array>;
    return { stream, size: status.size };
  },
};

/** The path that a `file:` address means; those of other machines, or with an escaped stroke, mean none. */
function pathOf(address: string, fileURLToPath: (address: string) => string): string {
  try {
    return fileURLToPath(address);
  } catch (cause) {
    const why = (cause as Error).message;
    return fail(
      "INVALID_ARGUMENT",
      `${address} is no address of a file on this machine: ${why}. Give a path, or file:///folder/file.`,
      cause,
    );
  }
}
