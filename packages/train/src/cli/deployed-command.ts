import { expandBraces } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { Command } from "commander";
import { checkModelNamed } from "../recipes/run-folder";
import { addCaption } from "./caption-command";
import { plainFlags } from "./config-flags";
import { addEmbed } from "./embed-command";
import { refuseIdle } from "./idle-flags";
import { type CliSession, printable } from "./session";
import { checkShardFlags, isSharded, type ShardFlags } from "./shard-flags";

/** A command that is not run here, and what it would do. */
export interface DeployedCommand {
  readonly name: string;
  /** Shards or parts that it asks for. */
  readonly shards: number;
  /** Processes of it at a time. */
  readonly jobs: number;
  readonly outPath: string;
  readonly accelerator: string;
  /** Files and folders of data that it reads, by flag. */
  readonly reads: Readonly<Record<string, string>>;
}

interface Flags extends ShardFlags {
  readonly imgDir?: string;
  readonly annotationsFile?: string;
  readonly outPath: string;
  readonly modelPth?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly accelerator: string;
}

/** Reads the arguments of `rsdix embed` or `rsdix caption` as these would, so that what is wrong is said now and not by each machine that runs it. */
export function deployedCommand(args: readonly string[], session: CliSession): DeployedCommand {
  const [name] = args;
  if (name !== "embed" && name !== "caption")
    fail("INVALID_ARGUMENT", `What is deployed is embed or caption with its flags, after --, and not ${JSON.stringify(name)}.`);
  const program = new Command("rsdix").exitOverride().configureOutput({
    writeOut: (text) => session.print(text.trimEnd()),
    outputError: (text) => session.note(printable(text.trimEnd())),
  });
  addEmbed(program, session);
  addCaption(program, session);
  let found: DeployedCommand | undefined;
  for (const command of program.commands) {
    command.action((flags: Flags) => {
      found = readFlags(name, flags, command);
    });
  }
  program.parse(plainFlags(args), { from: "user" });
  return found!;
}

function readFlags(name: string, flags: Flags, command: Command): DeployedCommand {
  const { shards: pattern, parts, jobs = 1, outPath, accelerator, imgDir, annotationsFile, modelPth, checkpoint } = flags;
  if (!isSharded(flags)) fail("INVALID_ARGUMENT", `${name} must be cut for the pods: with --shards into archives, or with --parts.`);
  checkShardFlags(flags, command, ["--format", "--force", "--skip-broken"]);
  refuseIdle(command, { "in pods, each of which is told its own share": ["--share", "--serve-shards", "--on"] });
  checkModelNamed({ modelPth, checkpoint });
  const reads = { "--shards": pattern, "--img-dir": imgDir, "--annotations-file": annotationsFile };
  const given = Object.entries(reads).filter((each): each is [string, string] => each[1] !== undefined);
  return {
    ...{ name, jobs, outPath, accelerator },
    shards: pattern === undefined ? parts! : expandBraces(pattern).length,
    reads: Object.fromEntries(given),
  };
}
