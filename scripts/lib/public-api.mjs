// The public names of the packages, read with the TypeScript compiler.
import { join } from "node:path";
import { ts } from "./typescript.mjs";
import { publicPackages, repository, sourceEntries } from "./workspace.mjs";

/**
 * Loads every public entry of every published package below `root`.
 *
 * Returns the type checker, the entries whose source does not exist, and the exported names with their declarations; of a namespace, its names too, as
 * `space.name`. What
 * two entries export is listed once (two functions of one name, for Node and for browsers, are two); what is declared in another published
 * package is listed there only.
 */
export function loadPublicApi(root = repository) {
  const packages = publicPackages(root);
  const { present, missing } = sourceEntries(packages);
  const program = ts.createProgram({ rootNames: present.map(({ file }) => file), options: compilerOptions(root) });
  const checker = program.getTypeChecker();

  const names = [];
  const seen = new Set();
  const list = (module, owner, prefix, within) => {
    for (const exported of checker.getExportsOfModule(module)) {
      const name = `${prefix}${exported.name}`;
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const declarations = (symbol.declarations ?? []).filter((declaration) => belongsTo(declaration, owner, root));
      if (declarations.length === 0) continue;
      const key = `${owner.name} ${name} ${declarations[0].getSourceFile().fileName}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (!declarations.every(ts.isSourceFile)) names.push({ name, owner, symbol, declarations }); // `export * as`: a file has no comment of its own
      if (symbol.flags & ts.SymbolFlags.Module && !within.includes(symbol)) list(symbol, owner, `${name}.`, [...within, symbol]);
    }
  };
  for (const { file, owner } of present) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    if (module) list(module, owner, "", [module]);
  }
  return { program, checker, packages, names, missingEntries: missing };
}

/** A package answers for what it declares itself and for what it takes from the private, bundled package. */
function belongsTo(declaration, owner, root) {
  const file = declaration.getSourceFile().fileName;
  return file.startsWith(`${slashed(owner.dir)}/`) || isInternal(file, root);
}

/** True for files of the private package that is bundled into the others. */
export function isInternal(file, root = repository) {
  return file.startsWith(slashed(join(root, "packages", "internal", "/")));
}

function slashed(path) {
  return path.replaceAll("\\", "/");
}

function compilerOptions(root) {
  const file = join(root, "tsconfig.json");
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, "\n"));
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}
