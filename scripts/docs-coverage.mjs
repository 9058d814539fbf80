// Every public name is documented: prints what is missing as `file:line name: what`, and fails when anything is.
import { readArguments } from "./lib/arguments.mjs";
import { checkDeclarations, comesFromSomewhere, hasSource } from "./lib/doc-rules.mjs";
import { isInternal, loadPublicApi } from "./lib/public-api.mjs";
import { ts } from "./lib/typescript.mjs";
import { WITHOUT_SOURCE } from "./lib/without-source.mjs";
import { isMain, repository, shown } from "./lib/workspace.mjs";

/** What is wrong with a list of names without a source, and whether it has a name. */
function excusedNames(withoutSource, names, checker) {
  const listed = withoutSource.flatMap(({ names }) =>
    Object.entries(names).flatMap(([folder, its]) => its.map((name) => ({ folder, name }))),
  );
  const keys = listed.map(({ folder, name }) => `${folder} ${name}`);
  const known = (folder, name) => names.filter((each) => each.owner.folder === folder && each.name === name);
  const faultOf = ({ folder, name }, i) => {
    const found = known(folder, name).filter(({ declarations }) => comesFromSomewhere(declarations, checker));
    if (found.length === 0) return `is no function, class or constant that ${folder} exports`;
    if (found.some(({ declarations }) => declarations.some((each) => hasSource(each, checker)))) return "has an @see, and needs no excuse";
    return keys.indexOf(keys[i]) < i ? "is named twice" : undefined;
  };
  const faults = listed.map((each, i) => ({ name: each.name, what: faultOf(each, i) })).filter(({ what }) => what);
  return { has: (folder, name) => keys.includes(`${folder} ${name}`), faults };
}

/** The gaps in the documentation of the packages below `root`, in order of file and line, and how many names were looked at. */
export function docsCoverage(root = repository, withoutSource = WITHOUT_SOURCE) {
  const { checker, names, missingEntries } = loadPublicApi(root);
  const gaps = missingEntries.map(({ file, subpath, owner }) => ({
    file: shown(file, root),
    line: 1,
    name: owner.name,
    what: `the export "${subpath}" has no source`,
  }));
  const listed = new Set(names.map(({ symbol }) => symbol));
  const isListed = (symbol) => listed.has(symbol);
  const excused = excusedNames(withoutSource, names, checker);
  for (const { name, owner, declarations } of names) {
    const [{ kind }] = declarations; // a function that one calls is documented by the package that gives it to users, not by the private one
    const summaryOnly = isInternal(declarations[0].getSourceFile().fileName, root) && kind !== ts.SyntaxKind.FunctionDeclaration;
    for (const { node, label, what } of checkDeclarations(name, declarations, checker, {
      summaryOnly,
      source: !excused.has(owner.folder, name),
      isListed,
    })) {
      const source = node.getSourceFile();
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      gaps.push({ file: shown(source.fileName, root), line, name: label, what });
    }
  }
  gaps.push(...excused.faults.map((fault) => ({ file: "scripts/lib/without-source.mjs", line: 1, ...fault })));
  const lines = gaps
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map((gap) => `${gap.file}:${gap.line} ${gap.name}: ${gap.what}`);
  return { gaps: [...new Set(lines)], names: names.length };
}

if (isMain(import.meta)) {
  readArguments("");
  const { gaps, names } = docsCoverage();
  for (const gap of gaps) console.log(gap);
  console.log(`${names} public names, ${gaps.length} missing`);
  process.exit(gaps.length > 0 ? 1 : 0);
}
