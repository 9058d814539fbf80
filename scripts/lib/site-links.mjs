// Where links of READMEs and guides lead on the site: to its own page of a file or folder, where it has one, else to the repository; and which links of a
// built site lead nowhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { shown } from "./workspace.mjs";

/** Where the repository is read in a browser. */
export const WEB = "https://github.com/rsdix/rsdix";

/** The destination of a Markdown link that is relative, or leads into the repository by its whole address, as npm's pages of READMEs need it. */
const DESTINATION = /(?<=\]\()(?:https:\/\/github\.com\/rsdix\/rsdix\/(?:blob|tree)\/main\/[^)\s]+|(?![a-z]+:|#)[^)\s]+)(?=\))/;

/** The pages by their files, and those of READMEs by the folders that these lie in, too. */
export function withFolders(pages) {
  return new Map(
    [...pages].flatMap(([file, page]) =>
      /[\\/]README\.md$/.test(file)
        ? [
            [file, page],
            [dirname(file), page],
          ]
        : [[file, page]],
    ),
  );
}

/**
 * A text of the file at `from` in typedoc's parts, whose links go to pages of the site as long as there are any.
 *
 * @param pages - by the absolute path of a file or folder the reflection that shows it
 * @param files - typedoc's registry of files
 */
export function linkedParts(text, { from, root, pages, files }) {
  const parts = [];
  let rest = text;
  for (let found = DESTINATION.exec(rest); found; found = DESTINATION.exec(rest)) {
    const [link] = found;
    const { path, anchor } = target(link, from, root);
    const page = pages.get(path);
    parts.push({ kind: "text", text: rest.slice(0, found.index) });
    parts.push(page ? pageLink(link, { path, anchor, page, from, root, files }) : { kind: "text", text: webAddress(path, anchor, root) });
    rest = rest.slice(found.index + link.length);
  }
  return [...parts, { kind: "text", text: rest }];
}

/** The parts of a document, with its links by address into the repository led to the site's pages; texts without a page are not copied, but read there. */
export function relinkedDocument(content, { from, root, pages, files }) {
  return content.flatMap((part) => {
    if (part.kind === "text") return linkedParts(part.text, { from, root, pages, files });
    const path = part.kind === "relative-link" && part.target !== undefined && files.resolvePath(part.target);
    const page = path && pages.get(path);
    if (page) return [pageLink(part.text, { path, anchor: part.targetAnchor, page, from, root, files })];
    if (!path || !/(?:\.md|[\\/][^.\\/]+)$/.test(path)) return [part]; // pictures and data lie beside the pages
    return [{ kind: "text", text: webAddress(path, part.targetAnchor, root) }];
  });
}

function target(link, from, root) {
  const [path, anchor] = link.split("#");
  const inRepository = /^https:[^#]*?\/(?:blob|tree)\/main\/(.*)$/.exec(path)?.[1];
  const place = decodeURI(inRepository ?? path).replace(/\/$/, "");
  return { path: join(inRepository === undefined ? dirname(from) : root, place), anchor };
}

/** Every page but the first lies in a folder; typedoc's own link to the first is one to a folder, which opens no page of a site on a disk. */
function pageLink(text, { path, anchor, page, from, root, files }) {
  if (!page.isProject()) return { kind: "relative-link", text, target: files.registerAbsolute(path).target, targetAnchor: anchor };
  return { kind: "text", text: `${from === join(root, "README.md") ? "" : "../"}index.html${anchor ? `#${anchor}` : ""}` };
}

function webAddress(path, anchor, root) {
  const isFile = /\.\w+$/.test(path) || !existsSync(path) || /[\\/](?:LICENSE|Containerfile)$/.test(path);
  return `${WEB}/${isFile ? "blob" : "tree"}/main/${encodeURI(shown(path, root))}${anchor ? `#${anchor}` : ""}`;
}

/** Links of built pages to a file that the site hasn't, or to a place of a page that has none of that name; typedoc looks at none that it makes itself. */
export function deadLinks(pages) {
  const places = new Map();
  const links = [];
  for (const page of pages) {
    const html = readFileSync(page, "utf8");
    places.set(page, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
    for (const [, link] of html.matchAll(/ (?:href|src)="((?![a-z]+:|\/\/)[^"]+)"/g)) {
      const [file, anchor] = link.replaceAll("&amp;", "&").split("#");
      const path = decodeURI(file.split("?")[0]);
      links.push({ page, link, target: path === "" ? page : join(dirname(page), path), anchor });
    }
  }
  const isThere = ({ target, anchor }) => {
    const names = places.get(target);
    if (!names) return existsSync(target);
    return !anchor || names.has(anchor) || names.has(decodeURIComponent(anchor));
  };
  return links.filter((link) => !isThere(link));
}
