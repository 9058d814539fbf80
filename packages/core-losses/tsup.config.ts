import { defineConfig } from "tsup";
import { library } from "../../tsup.base";

/** Properties of objects that never leave the package, and that no option, result or object of tfjs has: they are most of what a minifier can't shorten. */
const INTERNAL =
  /^(parameters|strip|strips|merge|finish|backward|block|diagonal|losses|state|kept|form|formTile|shift|scaling|kernel|factors|left|right|middle|factor|spans|dBlock|dRows|dImage|sums|embeddings|product|columns|rows|tile_|own|take|counts|divisor|share)$/;

// Rollup goes over what esbuild bundled: one import of tfjs-core is left in place of one a source, which saves a reader's bundle 4 %.
export default defineConfig({
  ...library("src/index.ts"),
  treeshake: true,
  esbuildOptions(options) {
    options.mangleProps = INTERNAL;
  },
});
