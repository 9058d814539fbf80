import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkDataset, selectSplit } from "@rsdix/data";
import { loadImages } from "@rsdix/data/node";
import { bestFixedCaption, bleu } from "@rsdix/metrics";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { distanceKm } from "../../test/distance-km";
import { likeliestCaption } from "../../test/likeliest-caption";
import { LABELS, type Label } from "./classes";
import { type BlueMarble, makeBlueMarble } from "./make";
import { openBlueMarble } from "./open";
import { measure, type Place } from "./sample";
import { loadSources } from "./sources";
import { SPLITS } from "./split";

const SMALL = { points: 15_000, caps: { train: 15, val: 5, test: 8 } };
let root: string;
beforeAll(() => {
  root = scratchFolder("file");
});

/** Every file below a folder and its bytes. */
async function contents(dir: string): Promise<Map<string, string>> {
  const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return new Map(
    await Promise.all(files.map(async (file) => [file.slice(dir.length), (await readFile(file)).toString("base64")] as const)),
  );
}

describe("makeBlueMarble, as the demo calls it", () => {
  let made: BlueMarble;
  beforeAll(async () => {
    made = await makeBlueMarble({ seed: 1, dir: join(root, "full") });
  }, 120_000);

  it("has at least 3,000 patches of 32 x 32 pixels, every class in each split", async () => {
    const { dataset, imageDir, summary } = made;
    checkDataset(dataset, { requireLabels: true });
    expect(summary.patches).toBeGreaterThanOrEqual(3000);
    for (const label of LABELS) {
      expect(summary.counts[label].train).toBeGreaterThanOrEqual(100);
      expect(summary.counts[label].val).toBeGreaterThanOrEqual(15);
      expect(summary.counts[label].test).toBeGreaterThanOrEqual(25);
    }
    expect(summary.pretrain / selectSplit(dataset, "train").length).toBeGreaterThan(0.3);
    expect(summary.pretrain / selectSplit(dataset, "train").length).toBeLessThan(0.7);
    const images = await loadImages(selectSplit(dataset, "val"), imageDir);
    for (const { width, height } of images) expect([width, height]).toEqual([32, 32]);
  });

  it("keeps the splits apart on the ground", () => {
    const groups = SPLITS.map((split) => selectSplit(made.dataset, split).map(({ extra }) => extra as unknown as Place));
    for (const [i, group] of groups.entries()) {
      for (const other of groups.slice(i + 1)) {
        let nearest = Number.POSITIVE_INFINITY;
        for (const a of group) for (const b of other) nearest = Math.min(nearest, distanceKm(a, b));
        expect(nearest).toBeGreaterThanOrEqual(383.99);
      }
    }
  });

  it("has captions that no single caption fits, while knowing class and details pays", async () => {
    const sources = await loadSources();
    const test = selectSplit(made.dataset, "test");
    const references = test.map(({ sentences }) => sentences.map(({ raw }) => raw));
    const informed = test.map(({ label, extra }) => likeliestCaption(label as Label, measure(sources, extra as unknown as Place)));
    const training = selectSplit(made.dataset, "train");
    const ofClass = new Map(
      LABELS.map((label) => {
        const captions = training.filter((image) => image.label === label).map(({ sentences }) => sentences.map(({ raw }) => raw));
        return [label as string, bestFixedCaption(captions.slice(0, 60).flat(), captions.slice(0, 60)).caption];
      }),
    );
    const byClass = test.map(({ label }) => ofClass.get(label!)!);
    for (const average of ["image", "corpus"] as const) {
      const fixed = bestFixedCaption(references.flat(), references, { average }).bleu4;
      expect(fixed).toBeLessThan(0.28);
      expect(bleu(byClass, references, { average }).bleu4).toBeGreaterThan(1.5 * fixed);
      expect(bleu(informed, references, { average }).bleu4).toBeGreaterThan(1.8 * fixed);
    }
    expect(made.summary.distinctCaptions / made.summary.captions).toBeGreaterThan(0.5);
  });
});

describe("makeBlueMarble and openBlueMarble", () => {
  it("make the same bytes from the same seed and others from another", async () => {
    const [a, b, c] = [join(root, "a"), join(root, "b"), join(root, "c")];
    await makeBlueMarble({ seed: 5, dir: a, ...SMALL });
    await makeBlueMarble({ seed: 5, dir: b, ...SMALL });
    await makeBlueMarble({ seed: 6, dir: c, ...SMALL });
    const first = await contents(a);
    expect(first.size).toBeGreaterThan(300);
    expect(await contents(b)).toEqual(first);
    expect((await contents(c)).get("/dataset_bluemarble.json")).not.toBe(first.get("/dataset_bluemarble.json"));
  });

  it("reuse what is whole, and make anew what is not or has other parameters", async () => {
    const dir = join(root, "reuse");
    const open = (seed: number) => openBlueMarble({ seed, dir, ...SMALL });
    const first = await open(1);
    expect(first.reused).toBe(false);
    const again = await open(1);
    expect(again.reused).toBe(true);
    expect(again.dataset).toEqual(first.dataset);
    expect(again.summary).toEqual(first.summary);

    await rm(join(dir, "images", first.dataset.images[3]!.filename));
    expect((await open(1)).reused).toBe(false);
    await writeFile(join(dir, "dataset_bluemarble.json"), "{");
    expect((await open(1)).reused).toBe(false);
    await writeFile(join(dir, "manifest.json"), "half of a mani");
    expect((await open(1)).reused).toBe(false);
    expect((await open(2)).reused).toBe(false);
    const names = (await openBlueMarble({ seed: 2, dir, ...SMALL })).dataset.images.map(({ filename }) => filename);
    expect((await readdir(join(dir, "images"))).sort()).toEqual(names.sort());
  });

  it("stop when asked, leaving nothing that counts as whole", async () => {
    const dir = join(root, "aborted");
    const controller = new AbortController();
    const onProgress = ({ stage, done }: { stage: string; done: number }) => {
      if (stage === "write" && done > 100) controller.abort();
    };
    await expect(openBlueMarble({ seed: 1, dir, ...SMALL, onProgress, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect((await openBlueMarble({ seed: 1, dir, ...SMALL })).reused).toBe(false);
  });

  it("refuse wrong parameters, too few points and a folder that cannot be made", async () => {
    const dir = join(root, "wrong");
    await expect(makeBlueMarble({ seed: -1, dir })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(makeBlueMarble({ seed: 1, dir: "" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(makeBlueMarble({ seed: 1, dir, size: 3 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(makeBlueMarble({ seed: 1, dir, points: 2000 })).rejects.toMatchObject({
      code: "EMPTY_DATA",
      message: expect.stringContaining("raise `points`"),
    });
    await writeFile(join(root, "file"), "");
    await expect(makeBlueMarble({ seed: 1, dir: join(root, "file"), ...SMALL })).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });
});
