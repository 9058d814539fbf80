import { inspect } from "node:util";
import type { RsdixError, RsdixErrorCode } from "@rsdix/internal";
import { Command, CommanderError } from "commander";
import { addConvert } from "./convert-command";
import { addDescribe } from "./describe-command";
import { addList } from "./list-command";
import { addPatches } from "./patches-command";
import { type CliIo, CliSession, printable } from "./session";
import { addVerify } from "./verify-command";

/** What a shell is told: data that are wrong, a command that is wrong, an interruption. */
const EXIT = { data: 1, usage: 2, interrupted: 130 } as const;
/** Errors that another command, or another installation, mends. */
const USAGE: readonly RsdixErrorCode[] = ["INVALID_ARGUMENT", "UNKNOWN_OPTION", "MISSING_DEPENDENCY"];

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
    const exitCode = tell(error as Error & Partial<RsdixError>, session);
    if (program.opts().debug) session.note(inspect(error));
    return exitCode;
  } finally {
    session.clear();
  }
}

/** One line that says what is wrong; what the program ends with. */
function tell(error: Error & Partial<RsdixError>, session: CliSession): number {
  const message = error.message
    .replaceAll(/\s*\n\s*/g, " ")
    .replace(/\b(Say which(?: file it is)? with) annotations\./, "$1 --annotations."); // the option's name here
  if (session.signal.aborted && (error.code === "ABORTED" || error === session.signal.reason)) {
    session.note(`Stopped: ${message}`);
    return EXIT.interrupted;
  }
  if (error.name !== "RsdixError") {
    session.note(`error: ${message} (unexpected: --debug shows where)`);
    return EXIT.data;
  }
  session.note(`error: ${error.code}: ${message}`);
  return USAGE.includes(error.code!) ? EXIT.usage : EXIT.data;
}
