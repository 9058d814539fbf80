import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A command that people read in the documentation. */
export interface DocumentedCommand {
  /** The page, from the repository's root. */
  readonly page: string;
  /** The page and the line. */
  readonly at: string;
  /** Its program: "rsdix", or that of @rsdix/data alone. */
  readonly program: "rsdix" | "rsdix-data";
  /** Its arguments, with quotes where they have some. */
  readonly words: readonly string[];
  /** The file that what it prints goes to. */
  readonly into?: string;
}

/** Every command `npx rsdix ...` and `npx rsdix-data ...` of the pages below, in the order of the pages. */
export function documentedCommands(): DocumentedCommand[] {
  return pages().flatMap(commandsOf);
}

/** The lines of other programs in the same pages' blocks for a shell, with where they stand. */
export function otherLines(): { at: string; line: string }[] {
  return pages().flatMap((page) => {
    let isShell = false;
    let isContinued = false;
    return readFileSync(`${root}${page}`, "utf8")
      .split("\n")
      .flatMap((line, i) => {
        const fence = /^\s*```(\w*)/.exec(line);
        if (fence) isShell = !isShell && /^(sh|bash)$/.test(fence[1]!);
        const isOther = isShell && !fence && !isContinued && line.trim() !== "" && !COMMAND.test(line);
        isContinued = line.endsWith("\\");
        return isOther ? [{ at: `${page}:${i + 1}`, line }] : [];
      });
  });
}

/** The code of the same pages that the tests of examples check the types of, and don't run. */
export function blocksThatAreNotRun(): { page: string; code: string }[] {
  return pages().flatMap((page) =>
    Array.from(readFileSync(`${root}${page}`, "utf8").matchAll(/^```ts no-run\n([\s\S]*?)^```$/gm), ([, code]) => ({ page, code: code! })),
  );
}

const COMMAND = /^(?:npx )?(rsdix|rsdix-data) (.+)$/;

/** The pages whose blocks for a shell are looked at: those for users, and those for who works on the repository. */
export function pages(): string[] {
  const own = readdirSync(root).filter((name) => name.endsWith(".md") && name !== "README.md");
  const tools = readdirSync(`${root}scripts`).map((name) => `scripts/${name}/README.md`);
  const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`);
  const docs = (readdirSync(`${root}docs`, { recursive: true }) as string[])
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  const examples = readdirSync(`${root}examples`).map((name) => `examples/${name}/README.md`);
  return ["README.md", ...packages, ...docs.sort(), ...examples, ...own.sort(), "golden/README.md", ...tools].filter((page) =>
    existsSync(`${root}${page}`),
  );
}

function commandsOf(page: string): DocumentedCommand[] {
  const lines = readFileSync(`${root}${page}`, "utf8").split("\n");
  return lines.flatMap((line, i): DocumentedCommand[] => {
    const [, program, command] = COMMAND.exec(line) ?? [];
    if (command === undefined) return [];
    const whole = command.endsWith("\\") ? `${command.slice(0, -1)} ${lines[i + 1]}` : command;
    const [told, into] = whole.replace(/\s+#.*$/, "").split(/ > (?=\S+$)/);
    const words = told!.match(/'[^']*'|"[^"]*"|\S+/g)!;
    return [{ page, at: `${page}:${i + 1}`, program: program as DocumentedCommand["program"], words, ...(into !== undefined && { into }) }];
  });
}
