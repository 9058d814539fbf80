import type { Command } from "commander";
import { describe } from "../declarations/describe";
import { declarationOf } from "./known-sets";
import type { CliSession } from "./session";
import { example } from "./values";

/** `describe`: what is known of a set. */
export function addDescribe(program: Command, session: CliSession): void {
  program
    .command("describe")
    .description("Tells what a data set is: what it shows, its licence, what to cite, where to get it, how its files lie.")
    .argument("<set>", "a set that list names")
    .option("--json", "as JSON")
    .addHelpText("after", example("describe ucmd"))
    .action((set: string, { json }: { json?: boolean }) => {
      const declaration = declarationOf(set);
      session.print(json ? JSON.stringify(declaration, undefined, 2) : describe(declaration, { width: session.width }));
    });
}
