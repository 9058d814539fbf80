import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeTar } from "../../test/make-tar";
import { makeZip } from "../../test/make-zip";
import { all as allSamples, PNG } from "../../test/read-shards";
import { all as allPatches, small } from "../../test/scenes";
import { openSentinel2 } from "../sentinel2/scene";
import { webDataset } from "../webdataset/web-dataset";
import { openFiles } from "./open-files";

const CONTENT = {
  zip: await makeZip([["a.txt", "a lake"]]),
  tar: await makeTar([
    ["a.png", PNG],
    ["a.txt", "a lake"],
  ]),
  tif: await small(new Uint16Array(2 * 4 * 3).fill(1500), 4, 2),
};

/** A file that is as it was picked until `lost` is called: then its bytes come from there. */
function picked(kind: keyof typeof CONTENT) {
  let answer: (() => Promise<ArrayBuffer>) | undefined;
  const file = new File([CONTENT[kind] as Uint8Array<ArrayBuffer>], `x.${kind}`);
  const slice = file.slice.bind(file);
  file.slice = (...part) => Object.assign(slice(...part), answer && { arrayBuffer: answer });
  return Object.assign(file, {
    lost(then: () => Promise<unknown>) {
      answer = then as () => Promise<ArrayBuffer>;
    },
  });
}

type Read = (signal?: AbortSignal) => Promise<unknown>;
const opening =
  (kind: keyof typeof CONTENT, open: (file: File, options: { signal?: AbortSignal }) => Promise<unknown>) =>
  async (lost: () => Promise<unknown>): Promise<Read> => {
    const file = picked(kind);
    file.lost(lost);
    return (signal) => open(file, signal ? { signal } : {});
  };
const later =
  <T>(
    kind: keyof typeof CONTENT,
    open: (file: File) => Promise<T>,
    read: (opened: T, options: { signal?: AbortSignal }) => Promise<unknown>,
  ) =>
  async (lost: () => Promise<unknown>): Promise<Read> => {
    const file = picked(kind);
    const opened = await open(file);
    file.lost(lost);
    return (signal) => read(opened, signal ? { signal } : {});
  };

const READERS: Record<string, [(lost: () => Promise<unknown>) => Promise<Read>, file: string]> = {
  "a zip file that is opened": [opening("zip", openFiles), "x.zip"],
  "a zip file that is open": [later("zip", openFiles, (files, options) => files.read("a.txt", options)), "x.zip"],
  "a picked file": [
    later(
      "tif",
      (file) => openFiles([file]),
      (files, options) => files.read("x.tif", options),
    ),
    '"x.tif" of 1 picked file',
  ],
  "shards that are opened": [opening("tar", webDataset), "x.tar"],
  "shards that are streamed": [opening("tar", allSamples), "x.tar"],
  "shards that are streamed, skipping": [opening("tar", (file, options) => allSamples(file, { ...options, onError: "skip" })), "x.tar"],
  "shards that are open": [later("tar", webDataset, ({ files, images }, options) => files.read(images[0]!.filename, options)), "x.tar"],
  "a scene that is opened": [opening("tif", openSentinel2), "x.tif"],
  "a scene that is cut": [later("tif", openSentinel2, (scene, options) => allPatches(scene, { size: 2, ...options })), "x.tif"],
};

describe.each(Object.entries(READERS))("a Blob: %s", (_, [start, file]) => {
  it("is said to be unreadable where it was changed, whatever it rejects with", async () => {
    for (const [reason, said] of [
      [new DOMException("The requested file could not be read.", "NotReadableError"), "The requested file could not be read"],
      ["gone", "gone"],
      [undefined, "undefined"],
    ]) {
      const read = await start(() => Promise.reject(reason));
      const message = `${file} can't be read any more (${said}). Pick it again.`;
      await expect(read()).rejects.toMatchObject({ name: "RsdixError", code: "FILE_NOT_FOUND", message });
      await expect(read(new AbortController().signal)).rejects.toMatchObject({ name: "RsdixError", code: "FILE_NOT_FOUND", message });
    }
  });

  it("whose bytes never come ends with the signal", async () => {
    const read = await start(() => new Promise(() => undefined));
    const controller = new AbortController();
    const run = read(controller.signal);
    setTimeout(() => controller.abort("enough"), 20);
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED", cause: "enough" });
  });
});

it("a file that was changed on the disk is said to be so wherever it is read", async () => {
  const folder = scratchFolder();
  const changed = async (kind: keyof typeof CONTENT) => {
    const path = join(folder, `x.${kind}`);
    await writeFile(path, CONTENT[kind]);
    const blob = await openAsBlob(path);
    await writeFile(path, "another content");
    return blob;
  };
  const runs = {
    "the zip file": async () => openFiles(await changed("zip")),
    "the shard": async () => webDataset(await changed("tar")),
    "the scene": async () => openSentinel2(await changed("tif")),
  };
  for (const [name, run] of Object.entries(runs)) {
    const message = expect.stringMatching(`^${name} can't be read any more \\(.+\\)\\. Pick it again\\.$`);
    await expect(run()).rejects.toMatchObject({ name: "RsdixError", code: "FILE_NOT_FOUND", message });
  }
});
