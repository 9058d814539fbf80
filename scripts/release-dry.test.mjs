import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { platformLines, platformPackages } from "./lib/platform-packages.mjs";
import { publicPackages, repository } from "./lib/workspace.mjs";
import { NO_CHANGES, withQuietNote } from "./quiet-notes.mjs";
import { notesOf, releaseProblems } from "./release-dry.mjs";

const CHANGELOG = "# x\n\n## 0.2.0\n\n### Minor Changes\n\n- abc1234: `y` does more.\n\n## 0.1.0\n\n### Minor Changes\n\n- First.\n";

function released(name, version, changelog) {
  const dir = scratchFolder();
  if (changelog) writeFileSync(join(dir, "CHANGELOG.md"), changelog);
  return { name, dir, manifest: { version } };
}

it("reads the notes of one version out of a changelog", () => {
  expect(notesOf(CHANGELOG, "0.2.0")).toBe("### Minor Changes\n\n- abc1234: `y` does more.");
  expect(notesOf(CHANGELOG, "0.1.0")).toBe("### Minor Changes\n\n- First.");
  expect(notesOf(CHANGELOG, "0.3.0")).toBe("");
});

it("accepts packages that go on together, each with notes", () => {
  const before = [released("x", "0.1.0"), released("y", "0.1.0")];
  expect(releaseProblems([released("x", "0.2.0", CHANGELOG), released("y", "0.2.0", CHANGELOG)], before)).toEqual([]);
});

it("finds a first major that nobody decided, packages that part, and a release without notes", () => {
  const before = [released("x", "0.1.0"), released("y", "0.2.0"), released("z", "0.1.0")];
  const empty = "# z\n\n## 0.2.0\n";
  expect(releaseProblems([released("x", "1.0.0"), released("y", "0.2.0", CHANGELOG), released("z", "0.2.0", empty)], before)).toEqual([
    "the packages are released together, but would have the versions 1.0.0, 0.2.0",
    "x would go from 0.1.0 to 1.0.0: 1.0.0 is for a person to decide; see peerDependencies",
    "x 1.0.0 would have no note of its own",
    "y stays at 0.2.0: is it among the fixed packages of .changeset/config.json?",
    "z 0.2.0 would have no note of its own",
  ]);
});

it("lets a package be released with the others, and has its changelog say that nothing changed", () => {
  const later = "## 0.1.0\n\n### Minor Changes\n\n- First.\n";
  const quiet = `# z\n\n## 0.2.0\n\n${NO_CHANGES}\n`;
  expect(withQuietNote("# z\n\n## 0.2.0\n")).toBe(quiet);
  expect(withQuietNote(`# z\n\n## 0.2.0\n\n${later}`)).toBe(`${quiet}\n${later}`);
  for (const whole of [quiet, `${quiet}\n${later}`, CHANGELOG]) expect(withQuietNote(whole)).toBe(whole);
  expect(releaseProblems([released("z", "0.2.0", quiet)], [released("z", "0.1.0")])).toEqual([]);
});

it("a package has a changelog from its first release on; CHANGELOG.md says where the notes are until then, and README that nothing is on npm", () => {
  const text = readFileSync(join(repository, "CHANGELOG.md"), "utf8");
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  for (const [, name] of text.matchAll(/npm run ([\w:]+)/g)) expect(scripts).toHaveProperty([name]);
  for (const { dir, manifest } of publicPackages())
    expect(existsSync(join(dir, "CHANGELOG.md")), manifest.name).toBe(manifest.version !== "0.0.0");
  expect(text).toContain("](.changeset)");
  const isReleased = publicPackages().some(({ manifest }) => manifest.version !== "0.0.0");
  expect(/not on npm yet|Releases on npm/.test(readFileSync(join(repository, "README.md"), "utf8"))).toBe(!isReleased);
});

it("names the packages with binaries that the workflow builds and publishes beside those that lie here", () => {
  const { manifest } = publicPackages().find(({ folder }) => folder === "backend-native");
  const workflow = readFileSync(join(repository, ".github/workflows/native.yml"), "utf8");
  const targets = [...workflow.matchAll(/\{ target: ([\w-]+), runner:/g)].map(([, target]) => target);
  const packages = platformPackages({ ...manifest, version: "1.2.3" });
  expect(packages.map(({ name }) => name)).toEqual(targets.map((target) => `@rsdix/backend-native-${target}`));
  expect(workflow).toContain(`test "$(ls platforms/*.tgz | wc -l)" = ${packages.length}\n`); // as many as are published
  const [heading, ...lines] = platformLines({ ...manifest, version: "1.2.3" });
  expect(heading).toMatch(/by the machines of \.github\/workflows\/native\.yml, .*: 5 packages .* of @rsdix\/backend-native@1\.2\.3:$/);
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe(
    "@rsdix/backend-native-linux-x64@1.2.3: rsdix.node, OpenBLAS (.so), LICENSE, LICENSE-OPENBLAS.txt, README.md, package.json; at most 25 MB unpacked, for linux x64 glibc",
  );
});
