import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";
import { pages as shellPages } from "../packages/train/test/documented-commands";
import { pages as examplePages } from "./doc-examples.mjs";
import { fences, runs } from "./lib/doc-comment.mjs";
import { repository, shown, trackedFiles } from "./lib/workspace.mjs";

/** Blocks of a page that neither doc-examples.mjs nor doc-runs.test.ts makes run, and the test that does. */
const ELSEWHERE = [
  ["packages/backend/README.md", "js", "packages/backend/src/discovery.test.ts"], // a result: it is made, and compared
  ["docs/models/loading.md", "js", "packages/models/src/files/hub-files-web.test.ts"], // run in a browser
  ["docs/models/checkpoints.md", "py", "packages/models/src/checkpoint/storage-python.test.ts"], // run where there is a Python, else skipped
  ["docs/guides/train-on-your-data.md", "yaml", "packages/train/test/doc-runs.test.ts"], // a search is made with it
];

const examples = examplePages(repository).map(({ file }) => shown(file, repository));
const shells = shellPages();

/** Whether a block is what a program prints or a file has, or is run: with the page's examples, as a shell's lines (or listed there), or elsewhere. */
function isSeenTo(page, fence) {
  const [language] = fence.info.split(" ");
  if (language === "text") return true;
  if (language === "sh" || language === "bash") return shells.includes(page);
  if (language === "ts") return runs(fence) ? examples.includes(page) : examples.includes(page) && shells.includes(page);
  return ELSEWHERE.some(([where, what]) => where === page && what === language);
}

const blocks = trackedFiles()
  .filter((path) => path.endsWith(".md") && !path.split("/").includes("fixtures"))
  .flatMap((page) => fences(readFileSync(join(repository, page), "utf8")).map((fence) => ({ page, fence })));

it("every block of code of a page is run by a test, or listed with the reason by that of its language", () => {
  expect(blocks.length).toBeGreaterThan(150);
  const missed = blocks.filter(({ page, fence }) => !isSeenTo(page, fence));
  expect(missed.map(({ page, fence }) => `${page}:${fence.line + 1}: ${fence.info}`)).toEqual([]);
});

it("what runs elsewhere is there, once, and its test reads the page", () => {
  for (const [page, language, test] of ELSEWHERE) {
    expect(blocks.filter((block) => block.page === page && block.fence.info === language).length, page).toBe(1);
    const address = relative(dirname(test), page).replaceAll("\\", "/"); // as the test gives it to readFileSync, or imports it
    const code = readFileSync(join(repository, test), "utf8");
    expect(code.includes(`"${address}"`) || code.includes(`"${address}?raw"`), `${test} reads ${address}`).toBe(true);
  }
});
