import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/main.ts", "src/image-worker.ts"],
  format: "esm",
  target: "node20",
  clean: true,
  noExternal: ["@rsdix/internal"],
});
