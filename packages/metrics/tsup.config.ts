import { copyFileSync } from "node:fs";
import { build } from "esbuild";
import { defineConfig } from "tsup";
import { library } from "../../tsup.base";
import { packWordNetInto } from "./wordnet/pack-wordnet";

/** The entries that Node begins with, in one file each: to find and read a dozen takes as long as two hundred thousand n-grams. */
async function bundleForNode(entry: string) {
  await build({
    entryPoints: [`dist/${entry}.js`],
    outfile: `dist/${entry}-node.js`,
    ...{ bundle: true, format: "esm", platform: "node", target: "es2022" },
    ...{ minifyWhitespace: true, minifySyntax: true, lineLimit: 160 }, // names stay, and lines end, for whoever reads a stack
  });
}

export default defineConfig({
  ...library(
    ...["src/index.ts", "src/node.ts", "src/ngrams.ts", "src/retrieval.ts", "src/study.ts", "src/assets-node.ts", "src/assets-web.ts"],
    ...[
      "src/score-workers-node.ts",
      "src/score-workers-web.ts",
      "src/score-worker.ts",
      "src/count-ngrams-node.ts",
      "src/count-ngrams-web.ts",
    ],
  ),
  onSuccess: async () => {
    await bundleForNode("index");
    await bundleForNode("ngrams");
    packWordNetInto("dist");
    for (const name of ["spice-parser.bin", "SPICE-PARSER-NOTICE.txt"]) copyFileSync(`src/${name}`, `dist/${name}`);
  },
});
