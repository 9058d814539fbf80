import { defineConfig } from "tsup";
import { library } from "../../tsup.base";

export default defineConfig(
  library(
    ...["src/index.ts", "src/node.ts", "src/cli.ts"],
    ...["src/files-node.ts", "src/files-web.ts"],
    ...["src/decode-node.ts", "src/decode-web.ts", "src/workers-node.ts", "src/workers-web.ts", "src/decode-worker.ts"],
  ),
);
