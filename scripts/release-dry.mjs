// npm run release:dry: makes the next release in a copy of this folder and tells what would be published; nothing here changes, nothing is sent.
// The copy gets what `npm run release:version` does here: versions, changelogs and package-lock.json. Packages must have been built: it fails where a tarball
// lacks what its manifest exports, imports or starts. The packages of platforms are named, and built by the workflow alone.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { npm, packedProblems, packInto, promiseProblems } from "./lib/pack.mjs";
import { platformLines } from "./lib/platform-packages.mjs";
import { scratchFolder } from "./lib/scratch-folder.mjs";
import { isMain, publicPackages, repository, trackedFiles } from "./lib/workspace.mjs";
import { NO_CHANGES, writeQuietNotes } from "./quiet-notes.mjs";

/** A note that somebody wrote. */
const OWN_NOTE = /^- \S/gm;

/** A clone, for the commits that changelogs name, with the manifests, changesets and published files as they lie here. */
function copyInto(folder) {
  const { status, stderr } = spawnSync("git", ["clone", "--quiet", "--no-checkout", repository, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`git clone failed: ${stderr}`);
  const isManifest = (path) => /^(?:\.changeset\/|package-lock\.json$)|(?:^|\/)package\.json$/.test(path);
  const published = publicPackages().flatMap(({ folder: name, manifest }) =>
    [...manifest.files, "LICENSE", "README.md"].map((file) => `packages/${name}/${file}`),
  );
  for (const path of [...trackedFiles().filter(isManifest), ...published].filter((path) => existsSync(join(repository, path)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(repository, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"), "junction"); // the changelog's writer is looked for there
}

function changesetVersion(folder) {
  const run = spawnSync(join(repository, "node_modules/.bin/changeset"), ["version"], {
    ...{ cwd: folder, encoding: "utf8", shell: process.platform === "win32" },
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (run.status !== 0) throw new Error(`changeset version failed:\n${run.stdout}${run.stderr}`);
  rmSync(join(folder, "node_modules")); // the link alone; npm must not write through it
}

/** The notes of one version in a changelog, without its heading. */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m);
  return (sections.find((section) => section.startsWith(`${version}\n`)) ?? "").slice(version.length).trim();
}

/** What is wrong with the versions and notes that a release would have, one sentence each; `before` are the manifests of today. */
export function releaseProblems(packages, before) {
  const problems = [];
  const versions = [...new Set(packages.map(({ manifest }) => manifest.version))];
  if (versions.length > 1) problems.push(`the packages are released together, but would have the versions ${versions.join(", ")}`);
  for (const { name, manifest, dir } of packages) {
    const old = before.find((found) => found.name === name).manifest.version;
    if (old === manifest.version) problems.push(`${name} stays at ${old}: is it among the fixed packages of .changeset/config.json?`);
    if (old.startsWith("0.") && !manifest.version.startsWith("0."))
      problems.push(`${name} would go from ${old} to ${manifest.version}: 1.0.0 is for a person to decide; see peerDependencies`);
    const changelog = join(dir, "CHANGELOG.md");
    const notes = existsSync(changelog) ? notesOf(readFileSync(changelog, "utf8"), manifest.version) : "";
    if (!notes.match(OWN_NOTE) && notes !== NO_CHANGES) problems.push(`${name} ${manifest.version} would have no note of its own`);
  }
  return problems;
}

/** npm without a network finds every range of ours among the workspaces, or one was left behind. */
function lockProblems(folder) {
  const { status, stderr } = npm(["install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  return status === 0 ? [] : [`package-lock.json can't be made: a workspace asks for a version that would not exist\n${stderr}`];
}

if (isMain(import.meta)) {
  const { options } = readArguments("[--notes]", { options: { notes: { type: "boolean", default: false } } });
  const before = publicPackages();
  const folder = scratchFolder("rsdix-release-");
  const copy = join(folder, "copy");
  copyInto(copy);
  changesetVersion(copy);
  const after = publicPackages(copy);
  writeQuietNotes(after);
  if (after.every(({ manifest }, i) => manifest.version === before[i].manifest.version)) {
    console.log("There is no changeset, so nothing would be released.");
  } else {
    const packed = packInto(folder, after, copy);
    const problems = [
      ...releaseProblems(after, before),
      ...lockProblems(copy),
      ...packed.flatMap((one, i) => [...promiseProblems(one, after[i].manifest), ...packedProblems(one, after[i].dir)]),
    ];
    for (const { name, version, size, files } of packed) {
      const notes = notesOf(readFileSync(join(copy, "packages", name.split("/")[1], "CHANGELOG.md"), "utf8"), version);
      if (options.notes) console.log(`\n# ${name} ${version}\n\n${notes}\n`);
      const count = notes.match(OWN_NOTE)?.length ?? 0;
      console.log(
        `${name}@${version}: ${files.length} files, ${(size / 1000).toFixed(0)} kB packed, ${count} ${count === 1 ? "note" : "notes"}`,
      );
    }
    const { manifest: native } = after.find(({ folder: name }) => name === "backend-native");
    console.log(platformLines(native).join("\n"));
    for (const problem of problems) console.log(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
  }
}
