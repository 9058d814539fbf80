import type { Command } from "commander";

/** `data`, for the list of commands: what follows it is `@rsdix/data`'s to read. */
export function addData(program: Command): void {
  program
    .command("data")
    .description(
      "Data sets: what they are (list, describe), whether they are whole (verify), in another form (convert), patches of Sentinel-2 scenes (patches).",
    );
}

/** The arguments of `data`, where that is the command: without its name. */
export function dataArgs(args: readonly string[]): string[] | undefined {
  const debug = args[0] === "--debug" ? ["--debug"] : [];
  const [command, ...rest] = args.slice(debug.length);
  if (command === "data") return [...debug, ...rest];
  return command === "help" && rest[0] === "data" ? ["help", ...rest.slice(1)] : undefined;
}
