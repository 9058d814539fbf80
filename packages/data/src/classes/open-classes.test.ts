import { describe, expect, it } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import type { DatasetDeclaration } from "../declarations/declaration";
import * as data from "../index";
import { verify } from "../verify/verify";
import { openClasses } from "./open-classes";

const { aid, eurosatRgb, mlrsnet, rsicdClasses, rsscn7, rsiCb256 } = data;

/** A store whose images are empty: opening a set reads none. */
const store = (...names: string[]) => memoryFiles(Object.fromEntries(names.map((name) => [name, ""])), "store");

describe("openClasses", () => {
  it("tells classes by folders, whatever their spelling", async () => {
    const set = await aid(store("BareLand/bareland_1.jpg", "baseball field/2.jpg", "AID.txt", "dense_residential/x.jpg"));
    expect(set.images.map(({ label, split }) => `${label} ${split}`)).toEqual([
      "bare land test",
      "baseball field test",
      "dense residential test",
    ]);
    expect(set.classes?.slice(0, 3)).toEqual(["airport", "bare land", "baseball field"]);
    expect(set.declaration?.id).toBe("aid");
  });

  it("tells classes by file names, before the last underscore", async () => {
    const set = await rsiCb256(store("flat/river_protection_forest_12.tif", "flat/river_2.tif", "flat/sandbeach(3).tif"));
    expect(set.images.map(({ label }) => label)).toEqual(["river", "river protection forest", "sand beach"]);
  });

  it("finds class folders within folders of groups", async () => {
    const set = await rsiCb256(store("woodland/forest/1.tif", "water area/sea/1.tif"));
    expect(set.images.map(({ label, filename }) => `${filename}: ${label}`)).toEqual([
      "water area/sea/1.tif: sea",
      "woodland/forest/1.tif: forest",
    ]);
  });

  it("looks in the declared folder when there is one, and lets the user name another", async () => {
    const files = store("EuroSAT_RGB/Forest/1.jpg", "thumbnails/Forest/1.jpg");
    expect((await eurosatRgb(files)).images.map(({ filename }) => filename)).toEqual(["Forest/1.jpg"]);
    expect((await eurosatRgb(files, { images: "thumbnails/" })).images.map(({ filename }) => filename)).toEqual(["Forest/1.jpg"]);
    expect((await eurosatRgb(files, { images: "" })).images).toHaveLength(2);
    for (const images of ["./EuroSAT_RGB", "EuroSAT_RGB\\", ".\\EuroSAT_RGB", ".//EuroSAT_RGB//"]) {
      expect((await eurosatRgb(files, { images })).images.map(({ filename }) => filename)).toEqual(["Forest/1.jpg"]);
    }
  });

  it("reads images below their folder", async () => {
    const { files, images } = await eurosatRgb(memoryFiles({ "EuroSAT_RGB/Forest/1.jpg": "here" }));
    expect(new TextDecoder().decode(await files.read(images[0]!.filename))).toBe("here");
  });

  it("stops at once, though a store never lists its files", async () => {
    const controller = new AbortController();
    const files = { ...store("Forest/1.jpg"), names: () => new Promise<never>(() => undefined) };
    const run = eurosatRgb(files, { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 20);
    await expect(run).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
  });

  it("draws splits and a subset from seeds", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `Forest/${i}.jpg`);
    const { images } = await eurosatRgb(store(...names), { split: { seed: 1, train: 50, val: 25 }, subset: { count: 20, seed: 2 } });
    const again = await eurosatRgb(store(...names.toReversed()), {
      split: { seed: 1, train: 50, val: 25 },
      subset: { count: 20, seed: 2 },
    });
    expect(images).toHaveLength(20);
    expect(new Set(images.map(({ split }) => split)).size).toBe(3);
    expect(again.images).toEqual(images);
  });

  it("reads odd spellings as words", async () => {
    expect((await mlrsnet(store("Images/swimmimg_pool/1.jpg", "Images/harbor&port/1.jpg"))).images.map(({ label }) => label)).toEqual([
      "harbor or port",
      "swimming pool",
    ]);
    expect((await rsscn7(store("dRiverLake/d001.jpg"))).images[0]?.label).toBe("river or lake");
  });

  it("leaves out RSICD's images that tell no class, and says which", async () => {
    const told: unknown[] = [];
    const set = await rsicdClasses(store("RSICD_images/00001.jpg", "RSICD_images/airport_1.jpg"), { onSkip: (item) => told.push(item) });
    expect(set.images.map(({ filename }) => filename)).toEqual(["airport_1.jpg"]);
    const where = "store/RSICD_images/00001.jpg";
    expect(told).toEqual([{ where, message: `${where}: its path tells none of 30 classes.`, filename: "00001.jpg" }]);
    expect(set.skipped).toEqual(told);
    expect((await aid(store("BareLand/1.jpg"))).skipped).toEqual([]);
  });

  it("takes the classes of a set of one's own from its folders, or from its files' names", async () => {
    const folders = await openClasses(store("b/TallTower/1.png", "b/small-house/2.png"), "mine");
    expect(folders.classes).toEqual(["small house", "tall tower"]);
    expect(folders.declaration).toBeUndefined();
    expect((await openClasses(store("tall_tower_1.png", "house_2.png"), "mine")).classes).toEqual(["house", "tall tower"]);
  });

  it("says of a set of one's own without any class that no path tells one", async () => {
    for (const [onError, code] of [
      ["throw", "INVALID_ARGUMENT"],
      ["skip", "EMPTY_DATA"],
    ] as const) {
      const message = expect.stringMatching(/^mine: the path of 2 of 2 images in store tells no class: "1\.png", "2\.png"\. An image lies/);
      await expect(openClasses(store("1.png", "2.png"), "mine", { onError })).rejects.toMatchObject({ code, message });
    }
  });

  it("takes flat files in a folder by their names when told so, and by the folder when not", async () => {
    const files = store("mine/forest_1.jpg", "mine/forest_2.jpg", "mine/dense_forest_1.jpg");
    const flat = await openClasses(files, "mine", { labels: "file name" });
    expect(flat.classes).toEqual(["dense forest", "forest"]);
    expect(flat.images.map(({ label }) => label)).toEqual(["dense forest", "forest", "forest"]);
    expect((await openClasses(files, "mine")).classes).toEqual(["mine"]);
    const mixed = store("river/1.jpg", "lake_1.jpg");
    expect((await openClasses(mixed, "mine", { labels: "folder", onError: "skip" })).classes).toEqual(["river"]);
    expect((await openClasses(mixed, "mine")).classes).toEqual(["lake", "river"]);
  });

  it("takes nothing that is hidden for an image, nor its folder for a class", async () => {
    const hidden = [
      "Forest/.ipynb_checkpoints/1-checkpoint.jpg",
      ".git/x.png",
      ".cache/River/1.jpg",
      "__MACOSX/Sea/1.jpg",
      "Forest/.2.jpg",
    ];
    const files = store("Forest/1.jpg", "Forest/1.2.jpg", ...hidden);
    for (const set of [await openClasses(files, "mine"), await eurosatRgb(files)]) {
      expect(set.images.map(({ filename }) => filename)).toEqual(["Forest/1.2.jpg", "Forest/1.jpg"]);
      expect(set.skipped).toEqual([]);
    }
    expect((await openClasses(files, "mine")).classes).toEqual(["forest"]);
    expect((await openClasses(files, "mine", { images: ".cache" })).classes).toEqual(["river"]); // named, so meant
    await expect(openClasses(store(".git/x.png"), "mine")).rejects.toMatchObject({ code: "EMPTY_DATA" });
    expect((await verify(openClasses(files, "mine"), { images: false })).text).toContain("All is well.");
  });

  it.each([
    ["no image", store("Forest/readme.txt"), {}, "EMPTY_DATA", "It has no image at all"],
    [
      "an empty folder",
      store("Forest/1.jpg"),
      { images: "nowhere" },
      "EMPTY_DATA",
      'the folder "nowhere" of store. It has 1 images elsewhere',
    ],
    [
      "an unknown class",
      store("Forest/1.jpg", "Moon/1.jpg"),
      {},
      "INVALID_ARGUMENT",
      "1 of 2 images in store tells none of its 10 classes",
    ],
    ["nothing but unknown classes", store("Moon/1.jpg"), { onError: "skip" }, "EMPTY_DATA", '"Moon/1.jpg"'],
    ["a name where a folder was asked for", store("forest_1.jpg"), { labels: "folder" }, "INVALID_ARGUMENT", "forest_1.jpg"],
    ["a folder where a name was asked for", store("Forest/1.jpg"), { labels: "file name" }, "INVALID_ARGUMENT", "Forest/1.jpg"],
    [
      "an unknown way of labels",
      store("Forest/1.jpg"),
      { labels: "csv" },
      "INVALID_ARGUMENT",
      'labels must be one of "folder", "file name", got "csv"',
    ],
    [
      "an unknown answer to errors",
      store("Forest/1.jpg"),
      { onError: "ignore" },
      "INVALID_ARGUMENT",
      'onError must be "throw" or "skip", got ignore',
    ],
    ["an unknown option", store("Forest/1.jpg"), { label: "folder" }, "UNKNOWN_OPTION", "label"],
  ])("refuses %s", async (_, files, options, code, message) => {
    await expect(eurosatRgb(files, options as object)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe("the declarations of class sets", () => {
  const sets = Object.values(data).filter((value) => (value as DatasetDeclaration).task === "classes") as DatasetDeclaration[];

  it("are thirteen", () => expect(new Set(sets.map(({ id }) => id)).size).toBe(13));

  it.each(sets.map((set) => [set.title, set] as const))("%s has distinct classes in words, which its own folders tell", async (_, set) => {
    const classes = set.classes ?? [];
    expect(classes).toHaveLength(set.counts.classes ?? 0);
    expect(new Set(classes.map(({ name }) => name)).size).toBe(classes.length);
    for (const { name } of classes) expect(name).toMatch(/^[a-z]+( [a-z]+)*$/);
    const { images } = await openClasses(store(...classes.map(({ folder }) => `${folder}/1${set.layout.extensions[0]}`)), set);
    expect(new Set(images.map(({ label }) => label))).toEqual(new Set(classes.map(({ name }) => name)));
  });
});
