// Every public name is documented: prints what is missing as `file:line name: what`, and fails when anything is.
import { checkDeclarations } from "./lib/doc-rules.mjs";
import { isInternal, loadPublicApi } from "./lib/public-api.mjs";
import { isMain, repository, shown } from "./lib/workspace.mjs";

/** Packages whose functions are formulas: each says which paper or program it is from. */
const FROM_PAPERS = ["core-losses"];

/** The gaps in the documentation of the packages below `root`, in order of file and line, and how many names were looked at. */
export function docsCoverage(root = repository, fromPapers = FROM_PAPERS) {
  const { checker, names, missingEntries } = loadPublicApi(root);
  const gaps = missingEntries.map(({ file, subpath, owner }) => ({
    file: shown(file, root),
    line: 1,
    name: owner.name,
    what: `the export "${subpath}" has no source`,
  }));
  for (const { name, owner, declarations } of names) {
    const summaryOnly = isInternal(declarations[0].getSourceFile().fileName, root);
    for (const { node, label, what } of checkDeclarations(name, declarations, checker, {
      summaryOnly,
      source: fromPapers.includes(owner.folder),
    })) {
      const source = node.getSourceFile();
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      gaps.push({ file: shown(source.fileName, root), line, name: label, what });
    }
  }
  const lines = gaps
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map((gap) => `${gap.file}:${gap.line} ${gap.name}: ${gap.what}`);
  return { gaps: [...new Set(lines)], names: names.length };
}

if (isMain(import.meta)) {
  const { gaps, names } = docsCoverage();
  for (const gap of gaps) console.log(gap);
  console.log(`${names} public names, ${gaps.length} missing`);
  process.exit(gaps.length > 0 ? 1 : 0);
}
