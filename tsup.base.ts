import type { Options } from "tsup";

// As a path it counts as source, whose types are bundled; found in node_modules it would stay an import that nobody can install.
const paths = { "@rsdix/internal": ["../internal/src/index.ts"] };

/**
 * How every published package is built: ESM with types, the private `@rsdix/internal` bundled in.
 *
 * Types are only bundled here (`npm run types` checks them), and left out when `RSDIX_TYPES` is `none`: a program that is about
 * to run, such as the demo, does not need them, and they take most of the time.
 */
export function library(...entry: string[]): Options {
  return {
    entry,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    clean: true,
    splitting: true,
    noExternal: ["@rsdix/internal"],
    dts: process.env.RSDIX_TYPES === "none" ? false : { compilerOptions: { noCheck: true, paths } },
    removeNodeProtocol: false, // "node:fs" says what it is; "fs" may be anybody's package
    external: [/^node:/, /^#/, /^@rsdix\/(?!internal)/],
  };
}
