import { posix } from "node:path";
import { expandBraces } from "@rsdix/data";
import { fail, printable } from "@rsdix/internal";
import { Command } from "commander";
import { checkModelNamed } from "../recipes/run-folder";
import { archiveSource } from "../shards/shard-images";
import { addCaption } from "./caption-command";
import { plainFlags } from "./config-flags";
import { addEmbed } from "./embed-command";
import { refuseEmpty } from "./empty-values";
import { checkClipFlags } from "./eval-clip-command";
import { type ClipCapFlags, checkClipCapFlags } from "./eval-clipcap-flags";
import { addEval } from "./eval-command";
import type { PartsFlags } from "./eval-parts";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { checkShardFlags, imageFlags, isSharded } from "./shard-flags";

/** A command that is not run here, and what it would do. */
export interface DeployedCommand {
  readonly name: string;
  /** Shards or parts that it asks for. */
  readonly shards: number;
  /** Processes of it at a time. */
  readonly jobs: number;
  /** Where its results go, and the flag that says so. */
  readonly out: { readonly flag: string; readonly path: string };
  /** Whether the same command scores the results when all are there; else they are merged. */
  readonly isScored: boolean;
  readonly accelerator: string;
  /** Files and folders of data that it reads, with the flags that name them. */
  readonly reads: readonly (readonly [flag: string, path: string])[];
  /** Its models: paths, or ids of the hub, with the flags that name them. */
  readonly models: readonly (readonly [flag: string, source: string])[];
  /** Its archives' names; none of a list's. */
  readonly archives: readonly string[];
}

interface Flags extends PartsFlags {
  readonly imgDir?: string;
  readonly imgsDir?: string;
  readonly imgDirs?: readonly string[];
  readonly annotationsFile?: string;
  readonly annotationsFiles?: readonly string[];
  readonly outPath?: string;
  readonly modelPth?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly runs?: string;
  readonly encoder?: string;
  readonly processor?: string;
  readonly sentenceBert?: string;
  readonly accelerator: string;
}

/** What is deployed, as one says it. */
const DEPLOYED = ["embed", "caption", "eval clip", "eval clipcap"];

/** Reads the arguments of such a command as it would, so that what is wrong is said now and not by each machine that runs it. */
export function deployedCommand(args: readonly string[], session: CliSession): DeployedCommand {
  const name = args.slice(0, args[0] === "eval" ? 2 : 1).join(" ");
  if (!DEPLOYED.includes(name))
    fail("INVALID_ARGUMENT", `What is deployed is ${DEPLOYED.join(", ")}, with its flags, after --, and not ${JSON.stringify(name)}.`);
  const program = new Command("rsdix").exitOverride().configureOutput({
    writeOut: (text) => session.print(text.trimEnd()),
    outputError: (text) => session.note(printable(text.trimEnd())),
  });
  addEmbed(program, session);
  addCaption(program, session);
  addEval(program, session);
  let found: DeployedCommand | undefined;
  for (const command of program.commands.flatMap((each) => (each.commands.length > 0 ? each.commands : [each]))) {
    command.action((flags: Flags) => {
      found = readFlags(name, flags, command);
    });
  }
  program.parse(plainFlags(args), { from: "user" });
  return found!;
}

function readFlags(name: string, flags: Flags, command: Command): DeployedCommand {
  const { shards: pattern, parts, jobs = 1, outPath, partsPath, accelerator, modelPth, checkpoint } = flags;
  refuseEmpty(command);
  if (!isSharded(flags)) fail("INVALID_ARGUMENT", `${name} must be cut for the pods: with --shards into archives, or with --parts.`);
  if (name === "eval clip") checkClipFlags(flags, command);
  else if (name === "eval clipcap") checkClipCapFlags(flags as unknown as ClipCapFlags, command);
  else checkShardFlags(flags, command, ["--format", "--force", "--skip-broken"], imageFlags(flags));
  refuseIdle(command, { "in pods, each of which is told its own share": ["--share", "--serve-shards", "--on"] });
  checkModelNamed({ modelPth, checkpoint });
  const { imgDir, imgsDir, imgDirs = [], annotationsFile, annotationsFiles = [] } = flags;
  if (pattern !== undefined) archiveSource(pattern); // which refuses what the pods would
  const archives = pattern === undefined ? [] : expandBraces(pattern);
  const reads: Named[] = [
    ...archives.map((archive): Named => ["--shards", archive]),
    ["--img-dir", imgDir],
    ["--imgs-dir", imgsDir],
    ...imgDirs.map((path): Named => ["--img-dirs", path]),
    ["--annotations-file", annotationsFile],
    ...annotationsFiles.map((path): Named => ["--annotations-files", path]),
  ];
  const models: Named[] = [
    ["--model-pth", modelPth],
    ["--checkpoint", checkpoint === undefined || posix.isAbsolute(checkpoint) ? checkpoint : posix.join(flags.runs ?? "runs", checkpoint)],
    ["--encoder", flags.encoder],
    ["--processor", flags.processor],
    ["--sentence-bert", flags.sentenceBert],
  ];
  return {
    ...{ name: name.replace(" ", "-"), jobs, accelerator },
    out: outPath === undefined ? { flag: "--parts-path", path: partsPath! } : { flag: "--out-path", path: outPath },
    isScored: outPath === undefined,
    shards: pattern === undefined ? parts! : archives.length,
    reads: reads.filter(isGiven),
    models: models.filter(isGiven),
    archives,
  };
}

type Named = readonly [flag: string, value: string | undefined];
const isGiven = (named: Named): named is readonly [string, string] => named[1] !== undefined;
