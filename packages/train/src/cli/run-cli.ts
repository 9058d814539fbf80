import { inspect } from "node:util";
import { runDataCli } from "@rsdix/data/node";
import { type CliIo, EXIT, printable, tellError } from "@rsdix/internal";
import { Command, CommanderError, Help, type Option } from "commander";
import { addCaption } from "./caption-command";
import { inCommandWords, withHint } from "./command-words";
import { plainFlags } from "./config-flags";
import { addConvert } from "./convert-command";
import { addDashboard } from "./dashboard-command";
import { addData, dataArgs } from "./data-command";
import { addDeploy } from "./deploy-command";
import { addDoctor } from "./doctor-command";
import { addEmbed } from "./embed-command";
import { refuseEmpty } from "./empty-values";
import { addEval } from "./eval-command";
import { addFit } from "./fit-command";
import { addIndex } from "./index-command";
import { addLearningRateFind } from "./lr-find-command";
import { addMerge } from "./merge-command";
import { addReport } from "./report-command";
import { addSearch } from "./search-command";
import { CliSession } from "./session";
import { addStatus } from "./status-command";
import { addStudy } from "./study-command";
import { addWorker } from "./worker-command";

/** The command `rsdix`: runs what the arguments say, and gives what the program ends with. Nothing is thrown. */
export async function runCli(args: readonly string[], io: CliIo, version: string): Promise<number> {
  const forData = dataArgs(args);
  if (forData) return runDataCli(forData, io, { name: "rsdix data", version });
  const session = new CliSession(io);
  const program = new Command("rsdix");
  program
    .description("Remote sensing vision-language models: training, evaluation, captions, search, reports, and studies of metrics.")
    .version(version)
    .option("--debug", "shows where an error comes from")
    .showHelpAfterError("(--help says what it takes)")
    .configureHelp({ showGlobalOptions: true, subcommandDescription, optionDescription })
    .configureOutput({
      writeOut: (text) => io.stdout.write(printable(text)),
      writeErr: (text) => io.stderr.write(printable(text)),
      outputError: (text, write) => write(withHint(text)),
      getOutHelpWidth: () => session.width,
      getErrHelpWidth: () => session.width,
    })
    .exitOverride();
  program.hook("preAction", (_, command) => refuseEmpty(command));
  addFit(program, session);
  addLearningRateFind(program, session);
  addEval(program, session);
  addEmbed(program, session);
  addCaption(program, session);
  addMerge(program, session);
  addStatus(program, session);
  addIndex(program, session);
  addWorker(program, session);
  addDashboard(program, session);
  addDeploy(program, session);
  addConvert(program, session);
  addData(program);
  addDoctor(program, session);
  addSearch(program, session);
  addStudy(program, session);
  addReport(program, session);
  try {
    await program.parseAsync(plainFlags(args), { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    const exitCode = tellError(error, session, (message) => inCommandWords(message, args));
    if (program.opts().debug) session.note(inspect(error));
    return exitCode;
  } finally {
    session.clear();
  }
}

/** What a list of commands says of one: the first sentence, as its own help says the rest. */
function subcommandDescription(command: Command): string {
  return /^.*?\.(?= [A-Z]|$)/.exec(command.description())?.[0] ?? command.description();
}

/** What an option does, and whether there is no doing without it. */
function optionDescription(option: Option): string {
  const text = new Help().optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
}
