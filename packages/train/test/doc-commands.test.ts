import { expect, it } from "vitest";
import { plainFlags } from "../src/cli/config-flags";
import { documentedCommands } from "./documented-commands";
import { cli } from "./run-cli";

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

/** Whether there are as many arguments as the command takes: what is no flag, and no flag's value. */
function argumentFaults({ help, command }: { help: string; command: string }, words: readonly string[]): string[] {
  const own = plainFlags(words.slice(command.split(" ").length));
  const end = own.indexOf("--");
  let given = 0;
  for (let i = 0; i < (end < 0 ? own.length : end); i++) {
    const word = own[i]!;
    if (!word.startsWith("-")) given++;
    else if (
      !word.includes("=") &&
      new RegExp(`${word.replaceAll(".", "\\.")}(?:, --[\\w-]+)* [<\\[]`).test(help) &&
      !own[i + 1]?.startsWith("-")
    )
      i++;
  }
  const usage = /^Usage: .*$/m.exec(help)![0];
  const least = usage.match(/<[^>]+>/g)?.length ?? 0;
  const most = /\.\.\.[>\]]/.test(usage)
    ? Number.POSITIVE_INFINITY
    : least + (usage.replace("[options]", "").match(/\[[^\]]+\]/g)?.length ?? 0);
  const total = given + (end < 0 ? 0 : 1);
  return total < least || total > most ? [`${command} takes ${least} to ${most} arguments, and has ${total}: ${words.join(" ")}`] : [];
}

it("every rsdix command in the documentation is one that there is, with flags that it has", async () => {
  const lines = documentedCommands().filter(({ program }) => program === "rsdix");
  expect(lines.length).toBeGreaterThan(30);
  const wrong: string[] = [];
  const helps = new Map<string, Awaited<ReturnType<typeof helpOf>> | undefined>();
  for (const { at, words } of lines) {
    const key = words.slice(0, 3).join(" ");
    if (!helps.has(key)) helps.set(key, await helpOf(words).catch(() => undefined));
    const found = helps.get(key);
    if (found === undefined) wrong.push(`${at}: no such command: ${words.join(" ")}`);
    if (found) wrong.push(...argumentFaults(found, words).map((fault) => `${at}: ${fault}`));
    const flags = plainFlags(words).filter((word) => word.startsWith("--"));
    for (const flag of flags) {
      const name = flag.split("=")[0]!;
      if (found && !new RegExp(`${name.replaceAll(".", "\\.")}(?![\\w.-])`).test(found.help))
        wrong.push(`${at}: ${found.command} has no ${name}`);
    }
  }
  expect(wrong).toEqual([]);
});
