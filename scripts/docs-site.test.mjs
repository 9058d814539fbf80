import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { buildSite, folderProblem } from "./docs-site.mjs";
import { deadLinks } from "./lib/site-links.mjs";
import { repository } from "./lib/workspace.mjs";

/** A small workspace with a README, a guide and a package's README. */
function workspace() {
  const root = join(scratchFolder(), "workspace");
  cpSync(join(repository, "scripts/fixtures/workspace"), root, { recursive: true });
  mkdirSync(join(root, "docs/guides"), { recursive: true });
  writeFileSync(join(root, "README.md"), "# all\n\n## Begin\n\nThe [first](packages/complete) of [several](packages/gaps/package.json).\n");
  writeFileSync(join(root, "docs/guides/quick-start.md"), "# How to `begin`\n\nHalf of $x^2$ is [explained](other.md).\n");
  writeFileSync(join(root, "docs/guides/other.md"), "# Other things\n");
  writeFileSync(join(root, "packages/complete/README.md"), "# complete\n\n## Halves\n\nIt halves, as [gaps](../gaps) does.\n");
  return root;
}

it("makes a page of every guide, package and public name, with formulas", { timeout: 60_000 }, async () => {
  const root = workspace();
  const { name } = JSON.parse(readFileSync(join(root, "packages/complete/package.json"), "utf8"));
  const out = join(root, "site");
  const { pages, warnings } = await buildSite(out, root);
  expect(warnings).toBe(0);
  expect(pages).toBeGreaterThan(5);
  const page = (path) => readFileSync(join(out, path), "utf8");
  expect(page("index.html")).toContain("https://github.com/rsdix/rsdix/blob/main/packages/gaps/package.json");
  expect(page("documents/How_to_begin.html")).toMatch(/class="katex"[\s\S]*Other_things\.html/);
  expect(existsSync(join(out, "katex/katex.min.css"))).toBe(true);
  const file = name.replaceAll(/[@/]/g, "_");
  expect(page(`functions/${file}.half.html`)).toContain("half");
});

it("leads links to its own pages, and to the repository only where it has none", { timeout: 60_000 }, async () => {
  const root = workspace();
  const link = (path) => `https://github.com/rsdix/rsdix/${path}`;
  writeFileSync(join(root, "LICENSE"), "");
  writeFileSync(join(root, "SECURITY.md"), "# Safe\n");
  mkdirSync(join(root, "docs/losses"));
  writeFileSync(join(root, "docs/losses/README.md"), "# Losses\n\n## One\n");
  writeFileSync(
    join(root, "CONTRIBUTING.md"),
    `# How to help\n\n[all](README.md#begin), [halves](packages/complete/README.md#halves), [by address](${link("blob/main/packages/complete/README.md")}), [safe](SECURITY.md), [free](LICENSE).\n`,
  );
  appendFileSync(
    join(root, "README.md"),
    "\n[begin](docs/guides/quick-start.md), [help](CONTRIBUTING.md), [one](docs/losses/README.md#one), [losses](docs/losses/), [safe](SECURITY.md#now), [guides](docs/guides)\n",
  );
  appendFileSync(
    join(root, "packages/complete/README.md"),
    `\n[losses](../../docs/losses/README.md), [by address](${link("blob/main/docs/guides/other.md")}), [data](${link("blob/main/bench/results/train.json")})\n`,
  );
  const out = join(root, "site");
  expect((await buildSite(out, root)).warnings).toBe(0);
  const linksOf = (path) => [...readFileSync(join(out, path), "utf8").matchAll(/<a href="([^"]+)"(?: class="[^"]*")?[^>]*>([^<]+)<\/a>/g)];
  const leads = (path, names) => Object.fromEntries(linksOf(path).flatMap(([, to, name]) => (names.includes(name) ? [[name, to]] : [])));
  const names = ["first", "several", "begin", "help", "one", "losses", "safe", "guides", "all", "halves", "by address", "free", "data"];
  expect(leads("index.html", names)).toEqual({
    first: "modules/_rsdix_complete.html",
    several: link("blob/main/packages/gaps/package.json"),
    begin: "documents/How_to_begin.html",
    help: "documents/How_to_help.html",
    one: "documents/Losses.html#one",
    losses: "documents/Losses.html",
    safe: link("blob/main/SECURITY.md#now"),
    guides: link("tree/main/docs/guides"),
  });
  expect(leads("modules/_rsdix_complete.html", names)).toEqual({
    losses: "../documents/Losses.html",
    "by address": "../documents/Other_things.html",
    data: link("blob/main/bench/results/train.json"),
  });
  expect(leads("documents/How_to_help.html", names)).toEqual({
    all: "../index.html#begin",
    halves: "../modules/_rsdix_complete.html#halves",
    "by address": "../modules/_rsdix_complete.html",
    safe: link("blob/main/SECURITY.md"),
    free: link("blob/main/LICENSE"),
  });
  expect(existsSync(join(out, "media"))).toBe(false); // no README is copied beside the pages
});

it("takes the place of an earlier site, and of nothing else", { timeout: 60_000 }, async () => {
  const root = workspace();
  const site = join(root, "site");
  mkdirSync(site);
  expect(folderProblem(site, root)).toBeUndefined();
  await buildSite(site, root);
  writeFileSync(join(site, "old.html"), "of a page that is gone");
  await buildSite(site, root);
  expect(existsSync(join(site, "old.html"))).toBe(false);
  expect(existsSync(join(site, "index.html"))).toBe(true);

  rmSync(join(site, ".rsdix-docs-site")); // as sites were made at first
  expect(folderProblem(site, root)).toBeUndefined();
  writeFileSync(join(site, "notes.txt"), "the only copy");
  expect(folderProblem(site, root)).toContain("holds other files, and would lose them: notes.txt. Name");
  rmSync(join(site, "notes.txt"));

  const mine = join(root, "mine");
  mkdirSync(mine);
  writeFileSync(join(mine, "thesis.tex"), "the only copy");
  await expect(buildSite(mine, root)).rejects.toThrow(`${mine} holds other files`);
  expect(readFileSync(join(mine, "thesis.tex"), "utf8")).toBe("the only copy");
  mkdirSync(join(site, ".git"));
  expect(folderProblem(site, root)).toContain("holds a repository");
  for (const above of [root, join(root, "..")]) {
    writeFileSync(join(above, ".rsdix-docs-site"), "");
    expect(folderProblem(above, root)).toContain("holds this repository");
  }
  expect(folderProblem(join(mine, "thesis.tex"), root)).toContain("is a file");
  symlinkSync("gone", join(root, "dangling"));
  expect(folderProblem(join(root, "dangling"), root)).toContain("is a link that leads nowhere");
  expect(folderProblem(join(mine, "thesis.tex", "site"), root)).toContain("is a file");
  expect(folderProblem(join(root, "new"), root)).toBeUndefined();
  mkdirSync(join(mine, "assets")); // as names go, a site's; but no page says so
  rmSync(join(mine, "thesis.tex"));
  expect(folderProblem(mine, root)).toContain("holds other files, and would lose them: assets.");
});

it("counts a link that leads nowhere", { timeout: 60_000 }, async () => {
  const root = workspace();
  writeFileSync(join(root, "docs/guides/other.md"), "# Other things\n\n[gone](gone.md)\n");
  expect((await buildSite(join(root, "site"), root)).warnings).toBe(2); // by its place in the text, and by its place on the site
});

it("finds every link of a page to a file that isn't there", () => {
  const folder = scratchFolder();
  const page = join(folder, "index.html");
  const links = [
    '<a href="other.html#here">',
    '<a href="gone.html">',
    '<img src="gone%20too.svg?1">',
    '<a href="https://example.org/x">',
    '<a href="#no">',
  ];
  writeFileSync(page, links.join(""));
  writeFileSync(join(folder, "other.html"), '<p id="here">');
  const dead = deadLinks([page, join(folder, "other.html")]).map(({ link }) => link);
  expect(dead).toEqual(["gone.html", "gone%20too.svg?1", "#no"]);
});

it("counts a link to a place that its page hasn't", { timeout: 60_000 }, async () => {
  const root = workspace();
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => told.mockRestore());
  // typedoc links an interface that extends a type alias to the page of hierarchies, which leaves it out.
  const more = "/** A. */\nexport type A = { /** B. */\n b: 1 };\n/** C. */\nexport interface C extends A {\n  /** D. */\n  d: 1;\n}\n";
  appendFileSync(
    join(root, "packages/complete/src/index.ts"),
    `${more}/** E. */\nexport interface E {\n  /** F. */\n  f: 1;\n}\n/** G. */\nexport interface G extends E {\n  /** H. */\n  h: 1;\n}\n`,
  );
  const { warnings } = await buildSite(join(root, "site"), root);
  const pages = told.mock.calls.flat().map((line) => /^(.*): .*hierarchy\.html#.* leads to no place of that page$/.exec(line)?.[1]);
  expect(pages.sort()).toEqual(["interfaces/_rsdix_complete.C.html", "types/_rsdix_complete.A.html"]);
  expect(warnings).toBe(2);
});
