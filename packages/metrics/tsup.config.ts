import { defineConfig } from "tsup";
import { library } from "../../tsup.base";
import { packWordNetInto } from "./wordnet/pack-wordnet";

export default defineConfig({
  ...library("src/index.ts", "src/node.ts", "src/assets-node.ts", "src/assets-web.ts"),
  onSuccess: async () => packWordNetInto("dist"),
});
