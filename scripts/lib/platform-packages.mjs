// The packages with binaries of @rsdix/backend-native, which no folder of the repository has: the workflow `native` builds each on a machine of its
// platform, and publishes them before the package whose optional dependencies they are.
import { platformManifest } from "../../packages/backend-native/scripts/platform-package.mjs";
import { publishManifest } from "../../packages/backend-native/scripts/publish-manifest.mjs";
import { PUBLISHED, packageName, TARGETS } from "../../packages/backend-native/scripts/targets.mjs";

const LIBRARY = { linux: ".so", darwin: ".dylib", win32: ".dll" };

/** What a release would publish beside `parent`, the manifest of @rsdix/backend-native: of each platform name, version, files, and where npm installs it. */
export function platformPackages(parent) {
  return Object.keys(publishManifest(parent).optionalDependencies).map((dependency) => {
    const target = PUBLISHED.find((each) => packageName(each) === dependency);
    const library = `OpenBLAS (${LIBRARY[target.split("-")[0]]})`;
    const files = ["rsdix.node", library, "LICENSE", "LICENSE-OPENBLAS.txt", "README.md", "package.json"];
    const { name, version, os, cpu, libc = [] } = platformManifest(parent, target, files);
    return { name, version, files, limit: TARGETS[target].limit, where: [...os, ...cpu, ...libc] };
  });
}

/** The lines of a dry run about them. */
export function platformLines(parent) {
  const packages = platformPackages(parent);
  return [
    `Built, tested and published by the machines of .github/workflows/native.yml, before the others, and not looked at here: ${packages.length} packages with binaries, optional dependencies of ${parent.name}@${parent.version}:`,
    ...packages.map(
      ({ name, version, files, limit, where }) =>
        `${name}@${version}: ${files.join(", ")}; at most ${limit / 1e6} MB unpacked, for ${where.join(" ")}`,
    ),
  ];
}
