import { expect, it } from "vitest";
import { s2lcdXml } from "../../test/make-annotations";
import type { FileStore } from "../files/file-store";
import { rsicd, s2lcd } from "./loaders";

const store = (annotation: string, content: string, images: readonly string[]): FileStore => ({
  name: "set",
  names: async () => [annotation, ...images],
  read: async () => new TextEncoder().encode(content),
  close: async () => undefined,
});

it("draws as it is told where the annotation has no splits, and leaves those that there are", async () => {
  const splitWhereNone = { train: 50, val: 50, seed: 1 };
  const images = Array.from({ length: 20 }, (_, i) => `S2A_L1C_20150925_N0204R065_${i}.tif`);
  const drawn = await s2lcd(store("annotations.xml", s2lcdXml(20), images), { splitWhereNone });
  expect(drawn.images.filter(({ split }) => split === "val")).toHaveLength(10);
  const known = [{ filename: "a.png", imgid: 0, split: "test", sentences: [{ raw: "a lake" }] }];
  const given = await rsicd(store("dataset_rsicd.json", JSON.stringify({ dataset: "rsicd", images: known }), ["a.png"]), {
    splitWhereNone,
  });
  expect(given.images[0]!.split).toBe("test");
});
