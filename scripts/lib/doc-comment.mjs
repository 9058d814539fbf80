// Doc comments as text: the compiler drops line breaks and indentation that an example needs, so its fences are read here.
import { ts } from "./typescript.mjs";

/** The doc comments of a declaration, the nearest last; for `export const f = ...` those of the statement. */
export function docComments(declaration) {
  return ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc);
}

/** A comment's text without the slashes and stars. */
export function plainText(comment) {
  return comment
    .getText()
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n");
}

/** The fenced blocks of a Markdown text: `info` is what follows the opening fence, `line` counts from 0. */
export function fences(text) {
  const found = [];
  let open;
  for (const [line, content] of text.split(/\r?\n/).entries()) {
    if (open) {
      if (content.trim() === open.mark) {
        found.push({ info: open.info, line: open.line, code: open.lines.join("\n") });
        open = undefined;
      } else open.lines.push(content);
    } else {
      const [, mark, info] = /^\s*(`{3,})\s*(.*)$/.exec(content) ?? [];
      if (mark) open = { mark, info: info.trim(), line, lines: [] };
    }
  }
  return found;
}

/** The fences that stand in `@example` sections; another tag outside a fence ends a section. */
export function exampleFences(text) {
  const kept = [];
  let inExample = false;
  let mark;
  for (const line of text.split(/\r?\n/)) {
    const fence = /^\s*(`{3,})/.exec(line)?.[1];
    if (mark === undefined && /^\s*@\w+/.test(line)) inExample = /^\s*@example\b/.test(line);
    kept.push(inExample ? line : "");
    if (fence) mark = mark === undefined ? fence : line.trim() === mark ? undefined : mark;
  }
  return fences(kept.join("\n"));
}

/** True for a fence that is executed: TypeScript, and not marked `no-run`. */
export function runs({ info }) {
  const [language, ...marks] = info.split(/\s+/);
  return (language === "ts" || language === "typescript") && !marks.includes("no-run");
}

/** The names that code uses, without those that it imports or gives: an example that only imports something doesn't show it. */
export function usedNames(code) {
  const used = new Set();
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node) && !isNew(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  const isNew = (name) => !ts.isShorthandPropertyAssignment(name.parent) && name.parent.name === name && ts.isDeclaration(name.parent);
  visit(ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true));
  return used;
}
