import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { bundleSizes, shownSize, sizeLimits, sizeProblems } from "./lib/bundle-size.mjs";

const entry = { name: "small alone", path: "dist/index.js", import: "{ small }", limit: "100 B", gzip: true };

/** A package of a short function, and a long one that the short one does not need; both use a peer that is not installed. */
function packageOf(...limits) {
  return packageWith({ exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } } }, ...limits);
}

function packageWith(fields, ...limits) {
  const dir = scratchFolder();
  mkdirSync(join(dir, "dist"));
  const noise = Array.from({ length: 400 }, (_, i) =>
    Math.sin(i + 1)
      .toString(36)
      .slice(3),
  ).join(" ");
  writeFileSync(
    join(dir, "dist/index.js"),
    `import { peer } from "peer";\nimport { deep } from "peer/deep";\nexport const small = () => peer() + deep();\nexport const large = () => ${JSON.stringify(noise)};\n`,
  );
  return { dir, manifest: { name: "weighed", ...fields, sideEffects: false, peerDependencies: { peer: "1" }, "size-limit": limits } };
}

it("measures what a reader's bundle holds: the import that is named, without peers", async () => {
  const sizes = await bundleSizes(packageOf(entry, { ...entry, name: "all", import: "*", limit: "9.5 kB" }));
  expect(sizes.map(({ name, limit }) => [name, limit])).toEqual([
    ["small alone", 100],
    ["all", 9500],
  ]);
  expect(sizes[0].size).toBeGreaterThan(20);
  expect(sizes[0].size).toBeLessThan(130);
  expect(sizes[1].size).toBeGreaterThan(1000); // 400 words that gzip cannot guess
});

it("fails a package that is over its limit, and says by how much", async () => {
  const sizes = await bundleSizes(packageOf({ ...entry, name: "all", import: "*", limit: "1 kB" }, { ...entry, limit: "1 MB" }));
  expect(sizeProblems(sizes)).toEqual([`too large: ${shownSize(sizes[0])} (minified, gzip, without peers)`]);
  expect(sizeProblems([{ name: "exact", size: 1000, limit: 1000 }])).toEqual([]);
  expect(shownSize({ name: "exact", size: 1386, limit: 3000 })).toBe("exact 1.39 of 3.00 kB");
});

it("measures an entry for Node with what only Node has, whether the package has another for browsers or not", async () => {
  const browser = packageOf(entry);
  const nodeOf = (other) => packageWith({ exports: { ".": { types: "./dist/index.d.ts", node: "./dist/index.js", ...other } } }, entry);
  const [node, both] = [nodeOf({}), nodeOf({ default: "./dist/index-web.js" })];
  const subpath = packageWith({ exports: { "./node": { types: "./dist/index.d.ts", default: "./dist/index.js" } } }, entry);
  for (const { dir } of [browser, node, both, subpath])
    writeFileSync(join(dir, "dist/index.js"), 'import { sep } from "node:path";\nexport const small = () => sep;\n');
  for (const weighed of [node, both, subpath]) expect((await bundleSizes(weighed))[0].size).toBeGreaterThan(20);
  await expect(bundleSizes(browser)).rejects.toThrow("node:path");
});

it("leaves the peers of our packages outside, which a package brings", async () => {
  const bringing = packageWith({ dependencies: { "@rsdix/data": "1" } }, entry); // data brings image, whose peer is sharp
  writeFileSync(
    join(bringing.dir, "dist/index.js"),
    'import { peer } from "peer";\nexport const small = async () => peer(await import("sharp"));\n',
  );
  expect((await bundleSizes(bringing))[0].size).toBeLessThan(130);
});

it("fails where the import does not exist", async () => {
  await expect(bundleSizes(packageOf({ ...entry, import: "{ gone }" }))).rejects.toThrow("gone");
});

it("measures nothing that was not declared, and refuses an entry that it does not understand", () => {
  expect(sizeLimits({ name: "weighed" })).toEqual([]);
  const limitsOf = (change) => () => sizeLimits({ name: "weighed", "size-limit": [{ ...entry, ...change }] });
  expect(limitsOf({ limit: "3 pounds" })).toThrow('weighed: size-limit entry {"name":"small alone"');
  expect(limitsOf({ limit: undefined })).toThrow('limit must be like "3 kB"');
  expect(limitsOf({ gzip: undefined })).toThrow("gzip: true");
  expect(limitsOf({ brotli: true })).toThrow('"brotli" is not understood');
  expect(limitsOf({ import: "* as all" })).toThrow("import must be like");
  expect(limitsOf({ path: ["a"] })).toThrow("must be texts");
});
