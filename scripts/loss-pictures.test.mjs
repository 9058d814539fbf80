import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesBelow, repository } from "./lib/workspace.mjs";
import { drawPictures } from "./loss-pictures.mjs";

const docs = join(repository, "docs/losses");

it("the pictures of docs/losses are what the losses give now: `node scripts/loss-pictures.mjs` draws them anew", async () => {
  const drawn = await drawPictures();
  expect(readdirSync(docs).filter((name) => name.endsWith(".svg"))).toEqual(Object.keys(drawn).sort());
  for (const [name, svg] of Object.entries(drawn)) expect(readFileSync(join(docs, name), "utf8"), name).toBe(svg);
});

it("every picture and page that a page of docs/ links to exists", () => {
  const missing = filesBelow(join(repository, "docs"), ".md").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, link]) => link)
      .filter((link) => !existsSync(join(file, "..", link)))
      .map((link) => `${file}: ${link}`),
  );
  expect(missing).toEqual([]);
});
