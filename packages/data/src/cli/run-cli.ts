import { inspect } from "node:util";
import { type CliIo, EXIT, printable, tellError } from "@rsdix/internal";
import { Command, CommanderError } from "commander";
import { addConvert } from "./convert-command";
import { addDescribe } from "./describe-command";
import { addList } from "./list-command";
import { addPatches } from "./patches-command";
import { CliSession } from "./session";
import { addVerify } from "./verify-command";

/** The command `rsdix-data`, or what it is called: runs what the arguments say, and gives what the program ends with. Nothing is thrown. */
export async function runCli(args: readonly string[], io: CliIo, version: string, name = "rsdix-data"): Promise<number> {
  const session = new CliSession(io);
  const program = new Command(name);
  program
    .description("Remote sensing data sets: what they are, whether they are whole, in another form, and patches of Sentinel-2 scenes.")
    .version(version)
    .option("--debug", "shows where an error comes from")
    .showHelpAfterError("(--help says what it takes)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(printable(text)),
      writeErr: (text) => io.stderr.write(printable(text)),
      getOutHelpWidth: () => session.width,
      getErrHelpWidth: () => session.width,
    })
    .exitOverride();
  for (const add of [addList, addDescribe, addVerify, addConvert, addPatches]) add(program, session);
  try {
    await program.parseAsync(args, { from: "user" });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    const exitCode = tellError(error, session, inCommandWords);
    if (program.opts().debug) session.note(inspect(error));
    return exitCode;
  } finally {
    session.clear();
  }
}

/** The same, with the option's name here. */
function inCommandWords(message: string): string {
  return message.replace(/\b(Say which(?: file it is)? with) annotations\./, "$1 --annotations.");
}
