// Builds the documentation as a static site: the README as its first page, the guides and the other pages of docs/, and, by typedoc, a page for every
// public name of every package, with the package's README. `npm run docs` writes it to docs-site/, or where --out says, and takes the place of
// an earlier site, of nothing else; a link that leads nowhere fails it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { installed } from "./lib/installed.mjs";
import { placeProblem } from "./lib/output.mjs";
import { deadLinks, linkedParts, relinkedDocument, WEB, withFolders } from "./lib/site-links.mjs";
import { filesBelow, isMain, publicPackages, repository, shown, sourceEntries } from "./lib/workspace.mjs";

const { Application, Converter, ReflectionKind } = await installed(() => import("typedoc"));
const require = createRequire(import.meta.url);
const { default: katex } = require("@vscode/markdown-it-katex"); // formulas; it is CommonJS, whose default an import would nest

/** Guides first, in the order in which they are read. */
const GUIDES = [
  "quick-start",
  "own-model",
  "captions-in-your-app",
  "train-on-your-data",
  "reproduce-the-paper",
  "backends",
  "many-machines",
  "migrating",
];

/** Lies in every site, so that the next one may take its place. */
const MARKER = ".rsdix-docs-site";

/** What typedoc, and this script, put into a site's folder: a site that was made before there was a marker has nothing else. */
const OF_A_SITE =
  /^(?:\.nojekyll|(?:index|modules|hierarchy)\.html|assets|classes|documents|enums|functions|interfaces|katex|media|modules|types|variables)$/;

/** Why a site can't be written to a folder, which is emptied for it; undefined where it can. */
export function folderProblem(out, root = repository) {
  const place = placeProblem(out, "folder");
  if (place || !existsSync(out)) return place;
  const instead = "Name an empty or new folder, or one with an earlier site.";
  const [folder, ours] = [realpathSync(out), realpathSync(root)];
  if (`${ours}${sep}`.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)) return `${out} holds this repository. ${instead}`;
  const found = readdirSync(folder);
  if (found.includes(".git")) return `${out} holds a repository. ${instead}`;
  if (found.length === 0 || found.includes(MARKER)) return undefined;
  const others = isEarlierSite(folder) ? found.filter((name) => !OF_A_SITE.test(name)) : found;
  if (others.length === 0) return undefined;
  const named = `${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""}`;
  return `${out} holds other files, and would lose them: ${named}. ${instead}`;
}

/** True for what a build of this site made, with its marker or from before there was one. */
function isEarlierSite(folder) {
  const [page, script] = [join(folder, "index.html"), join(folder, "assets/main.js")];
  return existsSync(page) && existsSync(script) && /<title>rsdix<\/title>[\s\S]*typedoc\.org/.test(readFileSync(page, "utf8"));
}

function makeRoom(out, root) {
  const problem = folderProblem(out, root);
  if (problem) throw new Error(problem);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, MARKER), "Made by npm run docs, which empties this folder when it makes the next site.\n");
  for (const name of readdirSync(out)) if (name !== MARKER) rmSync(join(out, name), { recursive: true });
}

/** Builds the site in `out`, in the place of an earlier one; returns how many pages it has. */
export async function buildSite(out, root = repository) {
  makeRoom(out, root);
  const { present: entries } = sourceEntries(publicPackages(root));
  const pages = pagesOf(root);
  const app = await Application.bootstrap({
    name: "rsdix",
    entryPoints: entries.map(({ file }) => file),
    tsconfig: join(root, "tsconfig.json"),
    readme: "none",
    projectDocuments: pages,
    out,
    cleanOutputDir: false, // it's empty
    excludeInternal: true,
    excludePrivate: true,
    includeVersion: false,
    gitRevision: "main",
    sourceLinkTemplate: `${WEB}/blob/{gitRevision}/{path}#L{line}`,
    navigationLinks: { GitHub: WEB },
    sort: ["source-order"],
    categorizeByGroup: false,
    navigation: { includeGroups: true, includeCategories: false, includeFolders: false, compactFolders: false, excludeReferences: true },
    markdownItLoader: (parser) => void parser.use(katex, { throwOnError: true }),
    customCss: join(repository, "scripts/lib/docs-site.css"),
    validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
    skipErrorChecking: true, // types are a gate of their own
    highlightLanguages: ["typescript", "javascript", "json", "yaml", "bash", "sh", "html", "python", "text"],
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    nameModules(project, entries);
    nameDocuments(project);
    linkPages(project, entries, root);
  });
  const project = await app.convert();
  if (!project || app.logger.hasErrors()) throw new Error("typedoc could not read the packages");
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error("typedoc could not write the site");
  mkdirSync(join(out, "katex"), { recursive: true });
  cpSync(katexFolder(), join(out, "katex"), { recursive: true, filter: isStyle });
  const written = filesBelow(out, ".html");
  const dead = deadLinks(written);
  for (const { page, link } of dead)
    console.error(`${shown(page, out)}: ${link} leads to no ${link.includes("#") ? "place of that page" : "file"}`);
  return { pages: written.length, warnings: app.logger.warningCount + dead.length };
}

const katexFolder = () => dirname(createRequire(require.resolve("@vscode/markdown-it-katex")).resolve("katex/dist/katex.min.css"));
const isStyle = (path) => !/\.(js|mjs|ttf|woff)$|contrib/.test(path);

function pagesOf(root) {
  const guides = GUIDES.map((name) => join(root, "docs/guides", `${name}.md`)).filter(existsSync);
  const about = ["ARCHITECTURE.md", "CONTRIBUTING.md"].map((name) => join(root, name)).filter(existsSync);
  const rest = filesBelow(join(root, "docs"), ".md").filter((file) => !guides.includes(file));
  return [...guides, ...rest.sort(), ...about];
}

/** "@rsdix/models/node" where typedoc has the path of the file. */
function nameModules(project, entries) {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const entry = entryOf(module, entries);
    module.name = entry.subpath === "." ? entry.owner.name : `${entry.owner.name}/${entry.subpath.slice(2)}`;
  }
}

function entryOf(module, entries) {
  const file = resolve(module.sources?.[0]?.fullFileName ?? "");
  const entry = entries.find((each) => resolve(each.file) === file);
  if (!entry) throw new Error(`there is no entry for the module ${module.name}`);
  return entry;
}

/** The first page is the README, a package's own page begins with its README, and links among these and the documents stay on the site. */
function linkPages(project, entries, root) {
  const documents = (project.documents ?? []).map((document) => [project.files.getReflectionPath(document), document]);
  const modules = project
    .getChildrenByKind(ReflectionKind.Module)
    .map((module) => [entryOf(module, entries), module])
    .filter(([{ subpath }]) => subpath === ".")
    .map(([{ owner }, module]) => [join(owner.dir, "README.md"), module]);
  const readmes = [[join(root, "README.md"), project], ...modules];
  const all = { root, pages: withFolders([...documents, ...readmes]), files: project.files };
  for (const [path, page] of all.pages) project.files.registerReflectionPath(path, page);
  for (const [from, document] of documents) document.content = relinkedDocument(document.content, { from, ...all });
  for (const [from, page] of readmes) {
    if (existsSync(from)) page.readme = linkedParts(readFileSync(from, "utf8").replace(/^# .*\n/, ""), { from, ...all }); // the page has a title already
  }
}

/** By the page's first heading, where typedoc has the name of the file. */
function nameDocuments(project) {
  for (const document of project.documents ?? []) {
    const text = document.content.map((part) => part.text).join("");
    const [, title] = /^# (.+)$/m.exec(text) ?? [];
    if (title) document.name = title.replaceAll("`", "");
  }
}

if (isMain(import.meta)) {
  const { options } = readArguments("[--out FOLDER]", {
    options: { out: { type: "string", default: join(repository, "docs-site") } },
    check: ({ out }) => folderProblem(resolve(out)),
  });
  const { pages, warnings } = await buildSite(resolve(options.out));
  if (warnings > 0) {
    console.error(`${warnings} warnings: a link leads nowhere, or a comment can't be read.`);
    process.exitCode = 1;
  }
  console.log(`${pages} pages in ${shown(resolve(options.out))}`);
}
