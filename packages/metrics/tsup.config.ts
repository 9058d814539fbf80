import { copyFileSync } from "node:fs";
import { build } from "esbuild";
import { defineConfig } from "tsup";
import { library } from "../../tsup.base";
import { packWordNetInto } from "./wordnet/pack-wordnet";

/** The main entry for Node in one file: to find and read a dozen takes as long as two hundred thousand n-grams. */
async function bundleForNode() {
  await build({
    entryPoints: ["dist/index.js"],
    outfile: "dist/index-node.js",
    ...{ bundle: true, format: "esm", platform: "node", target: "es2022" },
    ...{ minifyWhitespace: true, minifySyntax: true, lineLimit: 160 }, // names stay, and lines end, for whoever reads a stack
  });
}

export default defineConfig({
  ...library(
    ...["src/index.ts", "src/node.ts", "src/retrieval.ts", "src/study.ts", "src/assets-node.ts", "src/assets-web.ts"],
    ...["src/score-workers-node.ts", "src/score-workers-web.ts", "src/score-worker.ts", "src/ngrams-node.ts", "src/ngrams-web.ts"],
  ),
  onSuccess: async () => {
    await bundleForNode();
    packWordNetInto("dist");
    for (const name of ["spice-parser.bin", "SPICE-PARSER-NOTICE.txt"]) copyFileSync(`src/${name}`, `dist/${name}`);
  },
});
