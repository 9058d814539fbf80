import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository } from "./lib/workspace.mjs";

const read = (name) => readFileSync(join(repository, name), "utf8");
const containerfile = read("Containerfile");

it("installs the versions that the lock file has", () => {
  const { packages } = JSON.parse(read("package-lock.json"));
  const named = [...containerfile.matchAll(/(?<=\s)((?:@[\w-]+\/)?[a-z][\w-]*)@(\d[\w.]*)/g)];
  const names = named.map(([, name]) => name);
  expect(names).toContain("@tensorflow/tfjs");
  // What a worker of a Redis and searches in embeddings need: all that may be missing elsewhere.
  const { peerDependencies } = JSON.parse(read("packages/scale/package.json"));
  expect(names).toEqual(expect.arrayContaining(Object.keys(peerDependencies)));
  expect(named).toHaveLength(10);
  for (const [, name, version] of named) expect(`${name}@${version}`).toBe(`${name}@${packages[`node_modules/${name}`]?.version}`);
});

it("runs scripts that are there, begins the command that the packages bring, and not as root", () => {
  const scripts = [...containerfile.matchAll(/node (scripts\/[\w.-]+)/g)].map(([, path]) => path);
  expect(scripts).toEqual(["scripts/pack.mjs"]);
  for (const path of scripts) expect(existsSync(join(repository, path))).toBe(true);
  const [, command] = /^ENTRYPOINT \["([\w-]+)"\]$/m.exec(containerfile);
  expect(Object.keys(JSON.parse(read("packages/train/package.json")).bin)).toContain(command);
  expect(containerfile.lastIndexOf("\nUSER ")).toBeGreaterThan(containerfile.lastIndexOf("\nRUN "));
  expect(/^USER (\w+)$/m.exec(containerfile)[1]).not.toBe("root");
});

it("leaves what was installed and built here out of the image", () => {
  const ignored = read(".dockerignore").split("\n");
  for (const name of ["**/node_modules", "**/dist", ".git", "packages/*/build"]) expect(ignored).toContain(name);
});
