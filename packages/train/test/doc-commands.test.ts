import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { plainFlags } from "../src/cli/config-flags";
import { cli } from "./run-cli";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Every line `npx rsdix ...` of the pages that people read, with where it stands. */
async function commandLines(): Promise<{ at: string; words: string[] }[]> {
  const packages = (await readdir(`${root}packages`)).map((name) => `packages/${name}/README.md`);
  const docs = (await readdir(`${root}docs`, { recursive: true })).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  return ["README.md", ...packages, ...docs].flatMap((page) => {
    const text = readTextIfThere(`${root}${page}`);
    return text.split("\n").flatMap((line, i) => {
      const [, command] = /^(?:npx )?rsdix (.+)$/.exec(line) ?? [];
      return command === undefined ? [] : [{ at: `${page}:${i + 1}`, words: command.replace(/\s+#.*$/, "").split(/\s+/) }];
    });
  });
}

function readTextIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The help of the command that a line begins with: of all its first words that name one. */
async function helpOf(words: readonly string[]): Promise<{ help: string; command: string }> {
  const flag = words.findIndex((word) => word.startsWith("-"));
  for (let length = flag < 0 ? words.length : flag; length > 0; length--) {
    const command = words.slice(0, length).join(" ");
    const { code, out } = await cli([...words.slice(0, length), "--help"]);
    if (code === 0 && out.startsWith(`Usage: rsdix ${command}`)) return { help: out, command };
  }
  throw new Error(`there is no command rsdix ${words.join(" ")}`);
}

it("every rsdix command in the documentation is one that there is, with flags that it has", async () => {
  const lines = await commandLines();
  expect(lines.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  const helps = new Map<string, Awaited<ReturnType<typeof helpOf>> | undefined>();
  for (const { at, words } of lines) {
    const key = words.slice(0, 3).join(" ");
    if (!helps.has(key)) helps.set(key, await helpOf(words).catch(() => undefined));
    const found = helps.get(key);
    if (found === undefined) wrong.push(`${at}: no such command: ${words.join(" ")}`);
    const flags = plainFlags(words).filter((word) => word.startsWith("--"));
    for (const flag of flags) {
      const name = flag.split("=")[0]!;
      if (found && !new RegExp(`${name.replaceAll(".", "\\.")}(?![\\w.-])`).test(found.help))
        wrong.push(`${at}: ${found.command} has no ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});
