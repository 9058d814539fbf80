import type { Options } from "tsup";

/** How every published package is built: ESM with types, the private `@rsdix/internal` bundled in. */
export function library(...entry: string[]): Options {
  return {
    entry,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    clean: true,
    splitting: true,
    noExternal: ["@rsdix/internal"],
    dts: { resolve: ["@rsdix/internal"] },
    external: [/^node:/, /^@rsdix\/(?!internal)/],
  };
}
