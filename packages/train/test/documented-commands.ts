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
}

/** Every command `npx rsdix ...` and `npx rsdix-data ...` of the READMEs and of docs/, in the order of the pages. */
export function documentedCommands(): DocumentedCommand[] {
  const packages = readdirSync(`${root}packages`).map((name) => `packages/${name}/README.md`);
  const docs = (readdirSync(`${root}docs`, { recursive: true }) as string[])
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`);
  return ["README.md", ...packages, ...docs.sort()].filter((page) => existsSync(`${root}${page}`)).flatMap(commandsOf);
}

function commandsOf(page: string): DocumentedCommand[] {
  const lines = readFileSync(`${root}${page}`, "utf8").split("\n");
  return lines.flatMap((line, i): DocumentedCommand[] => {
    const [, program, command] = /^(?:npx )?(rsdix|rsdix-data) (.+)$/.exec(line) ?? [];
    if (command === undefined) return [];
    const whole = command.endsWith("\\") ? `${command.slice(0, -1)} ${lines[i + 1]}` : command;
    const words = whole.replace(/\s+#.*$/, "").match(/'[^']*'|"[^"]*"|\S+/g)!;
    return [{ page, at: `${page}:${i + 1}`, program: program as DocumentedCommand["program"], words }];
  });
}
