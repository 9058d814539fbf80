import fs from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { FileServer } from "../../test/file-server";
import { nwpuJson } from "../../test/make-annotations";
import { makeZip } from "../../test/make-zip";
import { memoryFiles } from "../../test/memory-files";
import { openFiles } from "../files/open-files";
import type { ImageDataset } from "../image-dataset";
import { verify } from "../verify/verify";
import { concatDatasets } from "./concat-datasets";
import { nwpuCaptions } from "./loaders";

const json = nwpuJson(["dense_residential", "airport"], 10);
const annotation = JSON.stringify(json);
const images = Object.entries(json).flatMap(([name, list]) => list.map(({ filename }) => `NWPU_images/${name}/${filename}`));
const contents = [["dataset_nwpu.json", annotation] as const, ...images.map((name) => [name, `bytes of ${name}`] as const)];
let folder = "";
beforeAll(async () => {
  folder = scratchFolder("file");
  for (const [name, text] of contents) {
    await fs.mkdir(join(folder, name, ".."), { recursive: true });
    await fs.writeFile(join(folder, name), text);
  }
});

/** A picked file, as a browser gives it for a picked folder. */
function picked([name, text]: readonly [string, string]) {
  const file = new File([text], name.slice(name.lastIndexOf("/") + 1));
  return Object.defineProperty(file, "webkitRelativePath", { value: `NWPU-Captions/${name}` });
}

describe("the same data set from any source", () => {
  it("is the same, split by split", async () => {
    const options = { split: { train: 60, val: 20, seed: 3 }, subset: { fraction: 0.75, seed: 1 } } as const;
    const zip = await makeZip(contents);
    const sources = [folder, zip, new Blob([zip]), contents.map(picked), contents.toReversed().map(picked)];
    const sets = await Promise.all(sources.map((source) => nwpuCaptions(source, options)));
    expect(sets[0]!.images).toHaveLength(15);
    for (const set of sets) {
      expect(set.images).toEqual(sets[0]!.images);
      const { filename } = set.images[3]!;
      expect(new TextDecoder().decode(await set.files.read(filename))).toBe(`bytes of NWPU_images/${filename}`);
      await set.files.close();
    }
  });

  it("is read from an address once its files are named", async () => {
    const server = new FileServer(Object.fromEntries(contents.map(([name, text]) => [`/nwpu/${name}`, text])));
    const files = await openFiles("https://example.org/nwpu/", { fetch: server.fetch });
    const set = await nwpuCaptions(files, { annotations: "dataset_nwpu.json", images: "NWPU_images" });
    expect(set.images).toHaveLength(20);
    expect(new TextDecoder().decode(await set.files.read(set.images[0]!.filename))).toBe(`bytes of ${images[0]}`);
    await expect(nwpuCaptions(files)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/cannot be listed: give annotations/),
    });
  });

  it("streams files where its store does, alone and together with another", async () => {
    const text = async (set: ImageDataset, name: string) => {
      let read = "";
      for await (const piece of set.files.stream!(name, { start: 6 })) read += new TextDecoder().decode(piece);
      return read;
    };
    const set = await nwpuCaptions(folder);
    expect(await text(set, "airport/airport_001.jpg")).toBe("of NWPU_images/airport/airport_001.jpg");
    await expect(text(set, "../dataset_nwpu.json")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    const both = await concatDatasets([set, set]);
    expect(await text(both, "nwpu-captions-2/airport/airport_002.jpg")).toBe("of NWPU_images/airport/airport_002.jpg");
    await expect(text(both, "airport/airport_002.jpg")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    const { stream, ...whole } = set.files;
    expect((await concatDatasets([set, { ...set, files: whole }])).files.stream).toBeUndefined();
    expect((await nwpuCaptions(memoryFiles({ "dataset_nwpu.json": annotation, [images[0]!]: "" }))).files.stream).toBeUndefined();
  });

  it("is verified alone and together with another", async () => {
    const report = await verify(concatDatasets([nwpuCaptions(folder), nwpuCaptions(folder)]), { images: false });
    expect(report.problems).toEqual([]);
    const missing = await verify(nwpuCaptions(contents.slice(0, -1).map(picked)), { images: false });
    expect(missing.text).toContain("airport/airport_010.jpg");
    expect(missing.exitCode).toBe(1);
  });
});
