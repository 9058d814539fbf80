// Pictures of results. Vega-Lite is a dependency of the demo, whose report it draws.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(new URL("../examples/demo/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(resolve(name)));

/** Draws what a specification of Vega-Lite says, on white, as the SVG file beside a file of results. */
export async function drawBeside(results, content) {
  const [vega, { compile }] = [await load("vega"), await load("vega-lite")];
  const spec = { background: "white", padding: 12, config: { view: { stroke: null }, font: "system-ui, sans-serif" }, ...content };
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  writeFileSync(results.replace(/json$/, "svg"), `${await view.toSVG()}\n`);
  view.finalize();
}
