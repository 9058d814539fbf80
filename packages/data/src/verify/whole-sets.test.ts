import { expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import { KNOWN_SETS, loaderOf } from "../cli/known-sets";
import type { DatasetDeclaration } from "../declarations/declaration";
import type { FileStore } from "../files/file-store";
import { verify } from "./verify";

/** A store with as many images, captions and classes as a declaration says. */
function wholeSet({ id, layout, counts, classes }: DatasetDeclaration): FileStore {
  const folder = layout.images.find((name) => name !== "") ?? "";
  const prefix = folder === "" ? "" : `${folder}/`;
  const { images, train = 0, val = 0, captionsPerImage = 0 } = counts;
  const numbers = [...Array(images).keys()];
  const split = (i: number) => (i < train ? "train" : i < train + val ? "val" : "test");
  const [extension] = layout.extensions;
  if (classes) {
    const nameOf = (i: number) => {
      const { folder: own } = classes[i % classes.length]!;
      return layout.labels === "folder" ? `${own}/${i}${extension}` : `${own}_${i}${extension}`;
    };
    return memoryFiles(Object.fromEntries(numbers.map((i) => [prefix + nameOf(i), ""])));
  }
  const raw = (i: number) => `caption ${i}`;
  const places = id === "nwpu-captions" ? numbers.map((i) => [`class_${i % counts.classes!}`, `${i}${extension}`] as const) : undefined;
  const records = numbers.map((i) => ({
    ...{ filename: `${i}${extension}`, imgid: i, ...(counts.train !== undefined && { split: split(i) }) },
    ...(!places && { sentences: Array.from({ length: captionsPerImage }, () => ({ raw: raw(i) })) }),
    ...(places && { raw: raw(i), raw_1: raw(i), raw_2: raw(i), raw_3: raw(i), raw_4: raw(i) }),
  }));
  const json = places
    ? Object.fromEntries([...Array(counts.classes!).keys()].map((c) => [`class_${c}`, records.filter((_, i) => i % counts.classes! === c)]))
    : { dataset: id, images: records };
  const names = numbers.map((i) => prefix + (places ? places[i]!.join("/") : records[i]!.filename));
  return memoryFiles({ [layout.annotations![0]!]: JSON.stringify(json), ...Object.fromEntries(names.map((name) => [name, ""])) });
}

it.each(KNOWN_SETS.map((declaration) => [declaration.id, declaration] as const))(
  "%s: a whole set has no problem, one without an image has",
  async (id, declaration) => {
    const files = wholeSet(declaration);
    const loader = loaderOf(id);
    if (loader.kind === "shards") throw new Error("no known set is of shards");
    const open = (store: FileStore) => (loader.kind === "captions" ? loader.open(store, {}) : loader.open(store));
    expect((await verify(open(files), { images: false })).problems).toEqual([]);
    const last = (await files.names()).findLast((name) => declaration.layout.extensions.some((end) => name.endsWith(end)));
    const names = async () => (await files.names()).filter((name) => name !== last);
    const [problem] = (await verify(open({ ...files, names }), { images: false })).problems;
    expect(problem).toMatchObject({ kind: declaration.task === "captions" ? "missing image" : "count", severity: "error", count: 1 });
  },
);
