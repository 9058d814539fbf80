// Makes a test of every example: the `@example` fences of public names and the ```ts fences of the READMEs and of the pages
// in docs/ become .doc-examples/<package>/<name>.test.ts, which `vitest run --project docs` executes (on the cpu backend, in Node).
// What is marked `no-run` becomes a function beside them, whose types are checked as theirs are.
// What would be written into a test and not executed there, such as a function that nobody calls, is refused, or listed below.
// A ```text fence that follows an example of a page at once is what it prints, and its test compares.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "./lib/arguments.mjs";
import { docComments, exampleFences, fences, plainText, runs } from "./lib/doc-comment.mjs";
import { loadPublicApi } from "./lib/public-api.mjs";
import { ts } from "./lib/typescript.mjs";
import { asksEnvironment, unusedFunctions } from "./lib/unrun-code.mjs";
import { filesBelow, isMain, publicPackages, repository, shown } from "./lib/workspace.mjs";

/** Examples of programs that only some machines have, which say so in a condition on `process.env`, and the test that runs the same elsewhere. */
export const ELSEWHERE = [
  ["packages/metrics/src/java/meteor-java.ts meteorJava", "packages/metrics/src/java/meteor-java.test.ts"], // with a jar in the program's place
  ["packages/metrics/src/java/spice-java.ts spiceJava", "packages/metrics/src/java/spice-java.test.ts"],
  ["packages/metrics/README.md", "packages/metrics/src/java/original.test.ts"], // with the programs themselves, where they are
  ["packages/scale/src/slurm/slurm-task.ts runSlurmTask", "packages/scale/test/slurm.test.ts"], // with Slurm's variables, and commands of the test's own
];

/** Every fenced example below `root`: `{ folder, name, code, from, runs }`; `from` says where it stands. */
function collectExamples(root = repository) {
  const found = [];
  for (const { name, owner, declarations } of loadPublicApi(root).names) {
    const comments = declarations.flatMap((declaration) => [
      declaration,
      ...(ts.isClassDeclaration(declaration) ? declaration.members : []),
    ]);
    const examples = comments.flatMap(docComments).flatMap((comment) => exampleFences(plainText(comment)));
    const from = `${shown(declarations[0].getSourceFile().fileName, root)} ${name}`;
    found.push(...examples.map((fence, i) => example(owner.folder, i === 0 ? name : `${name}-${i + 1}`, fence, from)));
  }
  for (const { folder, name, file } of pages(root)) {
    const all = fences(readFileSync(file, "utf8"));
    const examples = all.filter(({ info }) => /^(ts|typescript)\b/.test(info));
    found.push(
      ...examples.map((fence, i) => ({
        ...example(folder, `${name}-${i + 1}`, fence, `${shown(file, root)}:${fence.line + 1}`),
        prints: outputAfter(fence, all),
      })),
    );
  }
  return numbered(found);
}

/** Names that stand for one test each: the same name may be exported by two entries of a package, for Node and for browsers. */
function numbered(examples) {
  const seen = new Map();
  return examples.map((example) => {
    const key = `${example.folder}/${example.name}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? example : { ...example, name: `${example.name}-again${count === 2 ? "" : count}` };
  });
}

/** The code of the ```text fence that follows `fence` with one empty line between, if there is one. */
function outputAfter({ line, code }, all) {
  const start = line + code.split("\n").length + 3;
  return all.find((fence) => fence.info === "text" && fence.line === start)?.code;
}

/** The READMEs, and every page below docs/: docs/losses/info-nce.md has its examples in docs/losses. */
export function pages(root) {
  const readmes = [{ folder: "readme", dir: root }, ...publicPackages(root)].map(({ folder, dir }) => ({
    folder,
    name: "README",
    file: join(dir, "README.md"),
  }));
  const guides = filesBelow(join(root, "docs"), ".md").map((file) => {
    const [, folder, name] = /^(.*)\/(.*)\.md$/.exec(shown(file, root));
    return { folder, name, file };
  });
  return [...readmes.filter(({ file }) => existsSync(file)), ...guides];
}

function example(folder, name, fence, from) {
  return { folder, name, code: fence.code, from, runs: runs(fence) };
}

/** The test file of one example: its imports first, the rest inside a test. */
export function exampleTest({ name, code, from, prints }) {
  const { imports, body } = partsOf({ code, from });
  const tensors = imports.some((statement) => statement.moduleSpecifier.text.startsWith("@tensorflow/"));
  return [
    `// From ${from}`,
    `import { ${prints === undefined ? "" : "expect as exampleExpect, "}it as exampleTest${prints === undefined ? "" : ", vi as exampleSpy"} } from "vitest";`,
    ...(tensors ? ['import { disposeVariables as exampleDispose, setBackend as exampleBackend } from "@tensorflow/tfjs-core";'] : []),
    ...imports.map((statement) => statement.getText()),
    "",
    `exampleTest(${JSON.stringify(name)}, async () => {`,
    ...(tensors
      ? ['  await exampleBackend("cpu");', "  exampleDispose(); // variables of the examples before, whose names would be taken"]
      : []),
    ...(prints === undefined ? [] : ['  const exampleLog = exampleSpy.spyOn(console, "log");']),
    ...body.split("\n").map((line) => (line === "" ? "" : `  ${line}`)),
    ...(prints === undefined ? [] : comparison(prints)),
    "});",
    "",
  ].join("\n");
}

function comparison(prints) {
  return [
    '  const examplePrinted = exampleLog.mock.calls.map((values) => values.join(" ")).join("\\n");',
    "  exampleLog.mockRestore();",
    `  exampleExpect(examplePrinted).toBe(${JSON.stringify(prints)});`,
  ];
}

/** What can't run without a network or files of the reader's own: a function that nothing calls, whose types are checked. */
function exampleFunction({ code, from }) {
  const { imports, body } = partsOf({ code, from });
  return [`// From ${from}`, ...imports.map((statement) => statement.getText()), "export async function example() {", body, "}", ""].join(
    "\n",
  );
}

/** The imports of an example, which must be such as a reader can write, and the rest, which goes into a function. */
function partsOf({ code, from }) {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const imports = source.statements.filter(ts.isImportDeclaration);
  for (const statement of imports) {
    const module = statement.moduleSpecifier.text;
    if (module.startsWith(".") || module.startsWith("@rsdix/internal")) {
      throw new Error(`${from}: an example imports public packages only, not "${module}".`);
    }
  }
  const rest = source.statements.filter((statement) => !ts.isImportDeclaration(statement)).map((statement) => statement.getFullText());
  if (rest.some((text) => /^\s*export\b/.test(text))) throw new Error(`${from}: an example runs inside a function and cannot export.`);
  return { imports, body: rest.join("").trim() };
}

/** Refuses examples whose test would leave out some of what they show, and entries of the list that none needs. */
export function checkReached(examples, listed) {
  const wrong = examples.flatMap(({ code, from }) =>
    unusedFunctions(code).map((name) => `${from}: nothing calls ${name}, which is not executed.`),
  );
  const asking = examples.filter(({ code }) => asksEnvironment(code)).map(({ from }) => ({ from, place: from.replace(/:\d+$/, "") }));
  const places = listed.map(([place]) => place);
  wrong.push(
    ...asking.filter(({ place }) => !places.includes(place)).map(({ from }) => `${from}: what process.env decides may not be executed.`),
    ...places
      .filter((place) => !asking.some((each) => each.place === place))
      .map((place) => `${place}: is listed in ELSEWHERE for nothing.`),
  );
  if (wrong.length === 0) return;
  throw new Error(
    `${wrong.join("\n")}\nCall it, mark the block \`no-run\` (doc-runs.test.ts then runs it), or list it in scripts/doc-examples.mjs.`,
  );
}

/** Writes the tests of all examples below `root` anew; returns how many there are and how many are not executed. */
export function writeExamples(root = repository) {
  const target = join(root, ".doc-examples");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  // Examples are checked as strictly as `strict` in a reader's project, not by the rules of this repository.
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noUncheckedIndexedAccess: false,
    exactOptionalPropertyTypes: false,
  };
  const config = { extends: "../tsconfig.json", compilerOptions, include: ["**/*.ts"] };
  writeFileSync(join(target, "tsconfig.json"), `${JSON.stringify(config, undefined, 2)}\n`);
  writeFileSync(join(target, "index.d.ts"), "// Tests of the examples in the documentation; made by scripts/doc-examples.mjs.\n"); // an input even without examples
  const examples = collectExamples(root);
  checkReached(
    examples.filter(({ runs }) => runs),
    root === repository ? ELSEWHERE : [],
  );
  const taken = new Set();
  for (const item of examples) {
    let file = join(target, item.folder, item.name);
    while (taken.has(file.toLowerCase())) file += "_"; // RSICD and rsicd are one file where case does not count
    taken.add(file.toLowerCase());
    mkdirSync(join(target, item.folder), { recursive: true });
    if (item.runs) writeFileSync(`${file}.test.ts`, exampleTest(item));
    else writeFileSync(`${file}.unrun.ts`, exampleFunction(item));
  }
  return { written: examples.filter(({ runs }) => runs).length, notRun: examples.filter(({ runs }) => !runs) };
}

if (isMain(import.meta)) {
  readArguments("");
  const { written, notRun } = writeExamples();
  for (const { from, name } of notRun) console.log(`not run: ${from} (${name})`);
  console.log(`${written} examples to run, ${notRun.length} marked as not to run`);
}
