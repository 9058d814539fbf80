import { expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import { karpathy, rsicd } from "./loaders";

const image = (filename: string, imgid: number) => ({ filename, imgid, split: "train", sentences: [{ raw: "a lake" }] });
const annotation = JSON.stringify({ images: [image("1.jpg", 0), image("2.jpg", 1)] });

it("Hidden folders hold no images and no annotations, unless they are named", async () => {
  const files = {
    "set/dataset_rsicd.json": annotation,
    ".backup/dataset_rsicd.json": "{}",
    ".dvc/1.jpg": "old",
    ".dvc/2.jpg": "old",
    "photos/set/1.jpg": "new",
  };
  const set = await rsicd(memoryFiles(files));
  expect(new TextDecoder().decode(await set.files.read("1.jpg"))).toBe("new");
  const named = await karpathy(memoryFiles(files), { annotations: "set/dataset_rsicd.json", images: ".dvc" });
  expect(new TextDecoder().decode(await named.files.read("2.jpg"))).toBe("old");
});

it.each(["karpathy", "rsicd"] as const)(
  "%s stops at once, whatever its store does, and names what a store gives wrongly",
  async (loader) => {
    const load = { karpathy, rsicd }[loader];
    const hanging = () => new Promise<never>(() => undefined);
    const store = { name: "mine", names: async () => ["dataset_rsicd.json", "1.jpg"], read: hanging, close: async () => undefined };
    for (const files of [store, { ...store, names: hanging }]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort("enough"), 20);
      await expect(load(files, { signal: controller.signal })).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
    }
    for (const wrong of ["text", [1, 2], undefined, null, new ArrayBuffer(2), new Blob([])])
      await expect(load({ ...store, read: async () => wrong as never })).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/"dataset_rsicd.json" of mine must come from the store's read as a Uint8Array/),
      });
    const broken = { ...store, read: () => Promise.reject(new TypeError("no")) };
    await expect(load(broken)).rejects.toMatchObject({ code: "FILE_NOT_FOUND", message: expect.stringMatching(/cannot be read: no/) });
  },
);
