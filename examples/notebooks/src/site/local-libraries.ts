import type { Plugin } from "vite";

/** The kit's standard library, which asks a CDN for what its cells know by name. */
const STANDARD_LIBRARY = /notebook-kit[\\/]dist[\\/]src[\\/]runtime[\\/]stdlib[\\/].*\.(?:js|css)$/;

/** What of it is installed here; a cell that names another library fails without a network, and the test says so. */
const INSTALLED = ["@observablehq/inputs", "@observablehq/plot", "d3", "htl"];

/** Takes Plot, Inputs, d3 and htl from node_modules, so that a page works without a network and with the versions of the lock file. */
export function localLibraries(): Plugin {
  return {
    name: "local-libraries",
    enforce: "pre",
    transform(code, id) {
      if (!STANDARD_LIBRARY.test(id.split("?")[0]!)) return undefined;
      const local = INSTALLED.reduce(
        (text, name) =>
          text
            .replaceAll(`"https://cdn.jsdelivr.net/npm/${name}/+esm"`, `"${name}"`)
            .replaceAll(`"https://cdn.jsdelivr.net/npm/${name}/dist/`, `"${name}/dist/`),
        code,
      );
      return local === code ? undefined : { code: local, map: null };
    },
  };
}
