// What TypeScript says of the installed packages to a strict project, in each way of finding modules that projects use.
import { join } from "node:path";
import { write } from "./installed-project.mjs";
import { ts } from "./typescript.mjs";

const STRICT = {
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
  ...{ noEmit: true, skipLibCheck: false, target: "es2022", lib: ["es2023", "dom", "dom.iterable"] },
};

/**
 * How a project may be set up: its source file, its options, whether it `awaits` ES modules as CommonJS does that may not `require` them, and whether it is
 * a page, which has no types of Node.
 */
export const SETUPS = [
  { name: "node16", file: "node16.mts", options: { module: "node16", moduleResolution: "node16", types: ["node"] } },
  {
    name: "node16 from CommonJS",
    file: "node16.cts",
    options: { module: "node16", moduleResolution: "node16", types: ["node"] },
    awaits: true,
  },
  { name: "nodenext", file: "nodenext.mts", options: { module: "nodenext", moduleResolution: "nodenext", types: ["node"] } },
  { name: "nodenext from CommonJS", file: "nodenext.cts", options: { module: "nodenext", moduleResolution: "nodenext", types: ["node"] } },
  { name: "bundler", file: "bundler.ts", options: { module: "esnext", moduleResolution: "bundler", types: ["node"] } },
  { name: "bundler for a page", file: "page.ts", options: { module: "esnext", moduleResolution: "bundler", types: [] }, page: true },
];

/**
 * The errors in the project's own file and in the packages' declarations. Those of other packages are theirs: a user has them with any library,
 * or sets `skipLibCheck`.
 */
export function typeProblems(folder, entries, { name, file, options, awaits, page }) {
  const used = entries.filter(({ forBrowsers }) => forBrowsers || !page);
  const imports = used
    .map(({ specifier }, i) => `${importForm(`entry${i}`, specifier, { file, awaits })}\nvoid (entry${i} satisfies object);\n`)
    .join("");
  write(folder, file, awaits ? `void (async () => {\n${imports}})();\n` : imports);
  const raw = { ...STRICT, ...options };
  const host = { ...ts.sys, fileExists: ts.sys.fileExists, readDirectory: () => [] };
  const parsed = ts.parseJsonConfigFileContent({ compilerOptions: raw, files: [file] }, host, folder);
  const program = ts.createProgram({ rootNames: [join(folder, file)], options: parsed.options });
  const isOurs = ({ fileName }) => !fileName.includes("/node_modules/") || fileName.includes("/node_modules/@rsdix/");
  const inFiles = program
    .getSourceFiles()
    .filter((source) => isOurs(source) && !program.isSourceFileDefaultLibrary(source)) // alone: TypeScript's own libraries take long
    .flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]);
  return [...parsed.errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...inFiles].map((diagnostic) => {
    const { file: at, start = 0, messageText } = diagnostic;
    const where = at ? `${at.fileName.replace(/^.*\/node_modules\//, "")}:${at.getLineAndCharacterOfPosition(start).line + 1}` : file;
    return `types, ${name}: ${where}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

/** How a source file gets all of a package. */
function importForm(binding, specifier, { file, awaits }) {
  if (awaits) return `const ${binding} = await import("${specifier}");`;
  return file.endsWith(".cts") ? `import ${binding} = require("${specifier}");` : `import * as ${binding} from "${specifier}";`;
}
