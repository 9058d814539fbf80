import type { Options } from "tsup";

// As a path it counts as source, whose types are bundled; found in node_modules it would stay an import that nobody can install.
const paths = { "@rsdix/internal": ["../internal/src/index.ts"] };

// esbuild names every chunk that a file reaches through others, for the order of side effects. There are none, as the manifests say, so that
// bundlers warn of each such line.
const BARE_IMPORT = /^import "\.\/chunk-\w+\.js";\n/gm;

// Models and the like have `Symbol.dispose`, of which a project knows by itself only with Node's types or `"lib": ["esnext"]`.
const DISPOSABLE = '/// <reference lib="esnext.disposable" />';

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
    plugins: [{ name: "no-bare-imports", renderChunk: (code) => ({ code: code.replace(BARE_IMPORT, "") }) }],
    noExternal: ["@rsdix/internal"],
    dts: process.env.RSDIX_TYPES === "none" ? false : { banner: DISPOSABLE, compilerOptions: { noCheck: true, paths } },
    removeNodeProtocol: false, // "node:fs" says what it is; "fs" may be anybody's package
    external: [/^node:/, /^#/, /^@rsdix\/(?!internal)/],
  };
}
