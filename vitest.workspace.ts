import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sharedForks } from "./test/shared-forks.ts";
import { workersFromSources } from "./test/workers-from-sources.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
const packages = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/package.json`)); // not what a branch left

/** The `imports` of a package's manifest. */
function importsOf(name: string): Record<string, { node: string; default: string }> {
  return JSON.parse(readFileSync(`${root}packages/${name}/package.json`, "utf8")).imports ?? {};
}

/**
 * Every workspace package, and what a package has in one file for Node and another for pages, resolves to its sources, so that a test never runs on a stale
 * build.
 */
export const aliasFor = (platform: "node" | "web") => [
  ...packages.flatMap((name) =>
    Object.entries(importsOf(name)).map(([find, { node, default: web }]) => {
      const built = platform === "node" ? node : web;
      const source = built.replace(/^\.\/dist\/(.*)\.js$/, "src/$1.ts");
      return { find: new RegExp(`^${find}$`), replacement: `${root}packages/${name}/${source}` };
    }),
  ),
  ...packages.flatMap((name) => [
    { find: new RegExp(`^@rsdix/${name}$`), replacement: `${root}packages/${name}/src/index.ts` },
    { find: new RegExp(`^@rsdix/${name}/(.+)$`), replacement: `${root}packages/${name}/src/$1.ts` },
  ]),
];
const alias = aliasFor("node");

/** Projects whose files share processes, but for those that would disturb others. Examples do no such thing. */
export const SHARING = new Set(["backend", "backend-native", "core-losses", "data", "image", "metrics", "models", "train"]);

/** The list of test projects: one a package, one an example, and the examples in doc comments. */
export const projects = [
  ...["packages", "examples"].flatMap((folder) =>
    readdirSync(`${root}${folder}`).map((name) => ({ name, root: `${root}${folder}/${name}`, include: ["{src,test}/**/*.test.ts"] })),
  ),
  { name: "scripts", root: `${root}scripts`, include: ["**/*.test.mjs"] },
  { name: "docs", root: `${root}.doc-examples`, include: ["**/*.test.ts"] },
].map(({ name, root: projectRoot, include }) => ({
  resolve: { alias },
  plugins: [workersFromSources(root, alias)],
  test: {
    name,
    root: projectRoot,
    include,
    setupFiles: [`${root}test/setup.ts`, ...(name === "docs" ? [`${root}test/examples.ts`] : [])],
    testTimeout: 120_000,
    hookTimeout: 120_000, // they begin servers, and build programs
    expect: { poll: { timeout: 30_000 } }, // it looks again until then: a busy machine is no fault
    // Where files are many and small, they share processes, so that TensorFlow.js is loaded once in each.
    pool: SHARING.has(name) ? sharedForks : ("forks" as const),
    isolate: !SHARING.has(name) && name !== "docs",
  },
}));
