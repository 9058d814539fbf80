import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeTar } from "../../test/make-tar";
import { makeZip } from "../../test/make-zip";
import { karpathy } from "../captions/loaders";
import { openClasses } from "../classes/open-classes";
import { webDataset } from "../webdataset/web-dataset";
import { folderAsListed } from "./accents";
import type { FileStore } from "./file-store";
import { openFiles } from "./open-files";

/** One name in letters with their accents, and with the accents apart, as macOS writes them. */
const [composed, apart] = ["NFC", "NFD"].map((form) => "forêt/été.jpg".normalize(form)) as [string, string];
const image = { imgid: 1, filename: "été.jpg".normalize("NFC"), split: "train", sentences: [{ raw: "a lake" }] };
const annotation = JSON.stringify({ dataset: "tiny", images: [image] });
const noted = "année.json";
const contents = (form: "NFC" | "NFD"): [string, string][] => [
  ["forêt/été.jpg".normalize(form), form],
  ["forêt/lac_1.jpg".normalize(form), "lake"],
  [noted.normalize(form), annotation],
];
const text = async (files: FileStore, name: string) => new TextDecoder().decode(await files.read(name));
const streamed = async (files: FileStore, name: string) => {
  let read = "";
  for await (const piece of files.stream!(name)) read += new TextDecoder().decode(piece);
  return read;
};

let base = "";
beforeAll(async () => {
  base = scratchFolder("file");
  for (const form of ["NFC", "NFD"] as const) {
    for (const [name, content] of contents(form)) {
      for (const folder of [form, "both"]) {
        await mkdir(join(base, folder, name, ".."), { recursive: true });
        await writeFile(join(base, folder, name), content);
      }
    }
  }
});

/** The same files wherever they are. */
const sources: Record<string, (forms: readonly ("NFC" | "NFD")[]) => Promise<FileStore>> = {
  "a folder": (forms) => openFiles(join(base, forms.length > 1 ? "both" : forms[0]!)),
  "a zip file": async (forms) => openFiles(await makeZip(forms.flatMap(contents))),
  "picked files": (forms) =>
    openFiles(
      forms
        .flatMap(contents)
        .map(([name, content]) => Object.defineProperty(new File([content], "x"), "webkitRelativePath", { value: `set/${name}` })),
    ),
};

describe.each(Object.entries(sources))("%s", (_, open) => {
  it.each(["NFC", "NFD"] as const)("whose names are %s is read by names of either form", async (form) => {
    const files = await open([form]);
    for (const name of [composed, apart]) {
      expect(await text(files, name)).toBe(form);
      expect(await streamed(files, name)).toBe(form);
    }
    for (const name of ["forêt/foret.jpg", "foret/ete.jpg"]) {
      await expect(files.read(name)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    }
  });

  it("that has both gives the one that is named, and none of two that might be meant", async () => {
    const files = await open(["NFC", "NFD"]);
    expect([await text(files, composed), await text(files, apart)]).toEqual(["NFC", "NFD"]);
    const mixed = `${"forêt".normalize("NFC")}/${"été".normalize("NFD")}.jpg`;
    await expect(files.read(mixed)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });

  it.each([
    ["NFC", "NFD"],
    ["NFD", "NFC"],
  ] as const)("whose names are %s takes options that are %s", async (form, other) => {
    const files = await open([form]);
    const options = { annotations: noted.normalize(other), images: "forêt".normalize(other) };
    const set = await karpathy(files, options);
    expect(set.images.map(({ filename }) => filename)).toEqual(["été.jpg".normalize(form)]);
    expect(await text(set.files, set.images[0]!.filename)).toBe(form);
    const classes = await openClasses(files, "mine", { images: options.images, onError: "skip" });
    expect(classes.images.map(({ filename }) => filename)).toEqual(["lac_1.jpg"]);
  });
});

it.each(["NFC", "NFD"] as const)(
  "a folder that is there in both spellings gives no image another one's file: most are in %s",
  async (most) => {
    const folders = { NFC: "café".normalize("NFC"), NFD: "café".normalize("NFD") };
    const other = most === "NFC" ? "NFD" : "NFC";
    const where = { "1.png": most, "2.png": most, "3.png": most, "21.png": other, "x31.png": other } as const;
    const images = Object.keys(where).map((filename, imgid) => ({ ...image, imgid, filename }));
    const files = Object.entries(where).map(([name, form]): [string, string] => [`${folders[form]}/${name}`, name]);
    const set = await karpathy(await makeZip([["dataset.json", JSON.stringify({ dataset: "tiny", images })], ...files]));
    expect(set.images.map(({ filename }) => filename)).toEqual(Object.keys(where));
    for (const { filename } of set.images) expect(await text(set.files, filename)).toBe(filename);
  },
);

it("images of shards are read by names of either form", async () => {
  const json = (form: string) => JSON.stringify({ caption: "a lake", filename: "forêt/été.jpg".normalize(form) });
  for (const form of ["NFC", "NFD"]) {
    const { files } = await webDataset(
      await makeTar([
        ["a.jpg", form],
        ["a.json", json(form)],
      ]),
    );
    for (const name of [composed, apart]) expect(await text(files, name)).toBe(form);
  }
});

it("a folder is taken as it is where it is there so", () => {
  const [one, two] = ["NFC", "NFD"].map((form) => "forêt".normalize(form)) as [string, string];
  expect(folderAsListed([`${one}/1.jpg`, `${two}/1.jpg`], two)).toBe(two);
  expect(folderAsListed([`${one}/1.jpg`, `${two}/1.jpg`], one)).toBe(one);
  expect(folderAsListed([`${one}s/1.jpg`, `x/${one}/1.jpg`], two)).toBe(two);
  expect(folderAsListed([`a/${one}/b/1.jpg`], `a/${two}`)).toBe(`a/${one}`);
});
