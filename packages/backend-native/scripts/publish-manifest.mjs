// The manifest as it is published names the platforms' packages as optional dependencies. The repository's can't: npm would look for packages that
// are made, and published, after it. `node scripts/publish-manifest.mjs` writes them in (in a release's working copy); with --check it fails when
// they are missing, which npm does before it publishes.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isStarted, readOptions } from "./command.mjs";
import { BuildProblem, report } from "./problem.mjs";
import { PUBLISHED, packageName } from "./targets.mjs";

/** A manifest with the optional dependencies, of exactly its own version: a binary of another one has another interface. */
export function publishManifest(manifest) {
  return { ...manifest, optionalDependencies: Object.fromEntries(PUBLISHED.map((target) => [packageName(target), manifest.version])) };
}

if (isStarted(import.meta)) {
  const { check } = readOptions("[--check]", { check: { type: "boolean" } });
  await report(() => {
    const path = fileURLToPath(new URL("../package.json", import.meta.url));
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    const wanted = publishManifest(manifest);
    if (!check) writeFileSync(path, `${JSON.stringify(wanted, undefined, 2)}\n`);
    else if (JSON.stringify(wanted.optionalDependencies) !== JSON.stringify(manifest.optionalDependencies ?? {})) {
      throw new BuildProblem(
        "The platforms' packages are not in the manifest. Publish with the workflow, or run node scripts/publish-manifest.mjs first.",
      );
    }
  });
}
