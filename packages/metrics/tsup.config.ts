import { copyFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { library } from "../../tsup.base";
import { packWordNetInto } from "./wordnet/pack-wordnet";

export default defineConfig({
  ...library(
    ...["src/index.ts", "src/node.ts", "src/retrieval.ts", "src/study.ts", "src/assets-node.ts", "src/assets-web.ts"],
    ...["src/score-workers-node.ts", "src/score-workers-web.ts", "src/score-worker.ts"],
  ),
  onSuccess: async () => {
    packWordNetInto("dist");
    for (const name of ["spice-parser.bin", "SPICE-PARSER-NOTICE.txt"]) copyFileSync(`src/${name}`, `dist/${name}`);
  },
});
