import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { pathOf, realPath } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import {
  Clip,
  ClipCap,
  type ClipConfig,
  type ClipSaveOptions,
  type DownloadProgress,
  detectModel,
  Gpt2,
  type Gpt2Config,
  imageTextFromPretrained,
  type ModelConfig,
  modelConfigFrom,
  type SaveOptions,
  SentenceBert,
  Siglip,
  type SiglipConfig,
} from "@rsdix/models";
import { type Command, InvalidArgumentError, Option } from "commander";
import { isSamePath } from "../output-folder";
import { parseJson } from "../parse-json";
import { readGiven } from "../read-file";
import { encoderBeside } from "../recipes/open-evaluation";
import { otherTokenizer } from "../recipes/open-model";
import { type Convertible, ENCODER, saveConverted, WEIGHTS } from "./save-converted";
import type { CliSession } from "./session";
import { downloads, roleFlag } from "./shared-options";
import { wholeNumber } from "./values";

type Kind = Awaited<ReturnType<typeof detectModel>>;

interface Flags {
  readonly dtype: NonNullable<SaveOptions["storage"]>;
  readonly layout: NonNullable<ClipSaveOptions["layout"]>;
  readonly role?: "student" | "teacher";
  readonly model?: string;
  readonly weights?: string;
  readonly config?: string;
  readonly processor?: string;
  readonly maxShardSize?: number;
  readonly strict: boolean;
  readonly seed?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Loading {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly strict: boolean;
  readonly seed?: number;
  readonly weights?: string;
}

/** Names as users know them, and ours. */
const KINDS: Readonly<Record<string, Kind>> = { clip: "clip", siglip: "siglip", clipcap: "clipcap", gpt2: "gpt2", "sentence-bert": "bert" };
/** More names in a line help nobody; all are in the JSON. */
const NAMED = 10;
const SEED = 42;
/** More than any model's configuration has. */
const MAX_CONFIG_BYTES = 16_000_000;

/** `convert`: a checkpoint of any layout as a folder of Hugging Face's. */
export function addConvert(program: Command, session: CliSession): void {
  program
    .command("convert")
    .description(
      "Writes a checkpoint of any layout (RSDiX's .ckpt, open_clip's, OpenAI's, Hugging Face's) as a folder that transformers and fromPretrained read, or " +
        "open_clip (--layout openclip), so that a training goes on in PyTorch and comes back: safetensors, configuration, tokenizer. A captioner's encoder goes into encoder/ in it.",
    )
    .argument("<checkpoint>", "a file, a folder, an id of the hub or a URL")
    .argument("<folder>", "the folder to write; it is made where it is not there")
    .addOption(
      new Option("--dtype <name>", "how matrices are kept; int8 only rsdix reads as it is meant")
        .choices(["float32", "float16", "int8"])
        .default("float32"),
    )
    .addOption(
      new Option("--layout <name>", 'whose names a CLIP has: "openclip" is what open_clip reads as local-dir:FOLDER')
        .choices(["huggingface", "openclip"])
        .default("huggingface"),
    )
    .addOption(roleFlag())
    .addOption(
      new Option("--model <kind>", "which model, where the file holds several; found by its names otherwise").choices(Object.keys(KINDS)),
    )
    .option("--weights <file>", "the file of weights, where the folder has several")
    .option("--config <file>", "its config.json or open_clip_config.json, where none lies beside it and the arrays do not tell all sizes")
    .option("--processor <model>", "where the tokenizer is from, where the checkpoint brings none")
    .option("--max-shard-size <size>", 'the most weights in a file: bytes, or as "500MB", "5GB" (5GB)', byteSize)
    .option("--no-strict", "takes what fits, and fills what is missing with new weights; what does not fit is named")
    .option("--seed <number>", `where these are drawn from (${SEED})`, wholeNumber)
    .option("--force", "writes into a folder that has files already")
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix convert rsdix-clip-b32.ckpt rsdix-clip-b32 --role teacher --processor openai/clip-vit-base-patch32",
    )
    .action((checkpoint: string, folder: string, flags: Flags) => convert(checkpoint, folder, flags, session));
}

async function convert(checkpoint: string, out: string, flags: Flags, session: CliSession): Promise<void> {
  const folder = pathOf(out);
  const { dtype, role, weights, processor, strict, maxShardSize, force = false, layout } = flags;
  if (strict && flags.seed !== undefined) fail("INVALID_ARGUMENT", "--seed would do nothing without --no-strict: no weight is drawn.");
  if (!force) await checkFree(folder);
  await startBackend("cpu"); // nothing is computed
  const loading: Loading = {
    ...downloads(session),
    strict,
    ...(!strict && { seed: flags.seed ?? SEED }),
    ...(weights !== undefined && { weights }),
  };
  const kind = flags.model === undefined ? await detectModel(checkpoint, withoutStrict(loading)) : KINDS[flags.model]!;
  const read = [checkpoint, kind === "clipcap" ? await encoderOf(checkpoint) : undefined, weights, flags.config, processor];
  await checkElsewhere(read, folder);
  if (layout === "openclip") checkOpenClip(kind, checkpoint, flags);
  if (role !== undefined && (kind === "gpt2" || kind === "bert"))
    fail("INVALID_ARGUMENT", `--role is whose weights of a CLIP or SigLIP; ${checkpoint} is a model of type "${kind}".`);
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, kind, session.signal);
  const model = await load(kind, checkpoint, loading, role, config);
  try {
    if ("encoder" in model && model.encoder) await checkElsewhere(read, join(folder, ENCODER));
    const { layout: from, report } = model.origin!;
    if (processor !== undefined && model.tokenizer === undefined)
      model.tokenizer = (await otherTokenizer(checkpoint, { ...downloads(session), processor })) as never;
    const { signal } = session;
    const options: SaveOptions = { storage: dtype, signal, ...(maxShardSize !== undefined && { maxShardBytes: maxShardSize }) };
    const files = await saveConverted(model, folder, model instanceof Clip ? { ...options, layout } : options, force);
    const found = { model: kind, layout: from.layout, ...(from.role && { role: from.role }) };
    if (flags.json) return session.print(JSON.stringify({ ...found, folder, files, ...report, tokenizer: model.tokenizer !== undefined }));
    session.print(
      [
        `${checkpoint}: ${[kind, `layout ${from.layout}`, from.role].filter(Boolean).join(", ")}`,
        ...named("missing, and new", report.missing),
        ...named("unused", report.unused),
        ...named(
          "of another shape, and new",
          report.misshaped.map(({ name }) => name),
        ),
        `${folder}: ${files.join(", ")}`,
      ].join("\n"),
    );
    if (model.tokenizer === undefined)
      session.note(`There is no tokenizer beside ${checkpoint}: with --processor the folder would have one.`);
    if (dtype === "int8") session.note("int8 is read by rsdix alone: transformers would take the whole numbers for weights.");
  } finally {
    if ("encoder" in model) model.encoder?.dispose();
    model.dispose();
  }
}

/** What open_clip has no model or no file for. */
function checkOpenClip(kind: Kind, checkpoint: string, { dtype, maxShardSize }: Flags): void {
  if (kind !== "clip")
    fail("INVALID_ARGUMENT", `--layout openclip is for CLIP; ${checkpoint} is a model of type "${kind}", which transformers reads.`);
  if (dtype === "int8") fail("INVALID_ARGUMENT", "--dtype int8 is read by rsdix alone: give --layout openclip float32 or float16.");
  if (maxShardSize !== undefined)
    fail("INVALID_ARGUMENT", "--max-shard-size would do nothing with --layout openclip, whose weights are one file.");
}

function load(
  kind: Kind,
  source: string,
  loading: Loading,
  role: Flags["role"],
  config: ModelConfig["config"] | undefined,
): Promise<Convertible> {
  const ofRole = { ...loading, ...(role && { role }) };
  switch (kind) {
    case "clip":
      return Clip.fromPretrained(source, { ...ofRole, ...(config && { config: config as ClipConfig }) });
    case "siglip":
      return Siglip.fromPretrained(source, { ...ofRole, ...(config && { config: config as SiglipConfig }) });
    case "clipcap":
      return captionerOf(source, ofRole);
    case "gpt2":
      return Gpt2.fromPretrained(source, { ...loading, ...(config && { config: config as Gpt2Config }) });
    case "bert":
      return SentenceBert.fromPretrained(source, loading);
  }
}

/** A captioner with the encoder that lies in its file, or in a folder of it. */
async function captionerOf(source: string, options: Loading & { readonly role?: NonNullable<Flags["role"]> }): Promise<ClipCap> {
  const captioner = await ClipCap.fromPretrained(source, options);
  try {
    const beside = captioner.encoder ? undefined : await encoderBeside(source);
    if (beside !== undefined) captioner.encoder = await imageTextFromPretrained(beside, downloadsOf(options));
    return captioner;
  } catch (error) {
    captioner.dispose();
    throw error;
  }
}

function downloadsOf({ signal, onProgress }: Loading): Pick<Loading, "signal" | "onProgress"> {
  return { signal, onProgress };
}

/** The sizes in a configuration file, of the model that is converted. */
async function readConfig(path: string, kind: Kind, signal: AbortSignal): Promise<ModelConfig["config"]> {
  const text = (await readGiven(path, { wanted: "the model's config.json", maxBytes: MAX_CONFIG_BYTES, signal })).toString("utf8");
  if (kind === "clipcap" || kind === "bert")
    fail("INVALID_ARGUMENT", `--config is of a CLIP, SigLIP or GPT-2; this is a model of type "${kind}".`);
  const { model, config } = modelConfigFrom(parseJson(text, path));
  if (model !== kind) fail("CHECKPOINT_MISMATCH", `${path} is of a model of type "${model}", and the checkpoint of one of type "${kind}".`);
  return config;
}

function withoutStrict({ strict: _, seed: _seed, ...rest }: Loading): Omit<Loading, "strict" | "seed"> {
  return rest;
}

/** What is converted onto itself is gone: what it was stored as can't be had back. Folders in the place stay as they are. */
async function checkElsewhere(sources: readonly (string | undefined)[], place: string): Promise<void> {
  for (const given of sources) {
    const source = given === undefined ? undefined : pathOf(given);
    const there = source === undefined ? undefined : await stat(source).catch(() => undefined);
    if (source === undefined || there === undefined) continue; // an id, or an address
    const inside = there.isDirectory() ? source : dirname(source);
    const isSeveral = there.isDirectory() || source.endsWith(".index.json");
    const folders = [inside, ...(isSeveral ? await linkedFrom(inside) : [dirname(realPath(source))])];
    if (folders.some((folder) => isSamePath(folder, place)))
      fail("INVALID_ARGUMENT", `${place} holds ${source}, which is read, and would be replaced by what comes of it: name another folder.`);
  }
}

/** The folders that the links in a folder lead to. */
async function linkedFrom(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => dirname(realPath(join(folder, name))));
}

/** The encoder that is a captioner's, also of one that is named by its file of weights. */
async function encoderOf(source: string): Promise<string | undefined> {
  return encoderBeside(WEIGHTS.test(basename(source)) ? dirname(source) : source);
}

async function checkFree(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    return fail(
      "WRITE_FAILED",
      `${folder} cannot be written: ${error.code === "ENOTDIR" ? "a file is in its place" : error.message}.`,
      error,
    );
  });
  if (names.length > 0)
    fail(
      "INVALID_ARGUMENT",
      `${folder} has files already (${names.slice(0, 3).join(", ")}): give --force to replace the model in it, or another folder.`,
    );
}

function named(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : "";
  return [`${what} (${names.length}): ${names.slice(0, NAMED).join(", ")}${more}`];
}

/** "500MB": bytes, in powers of 1,000 as at Hugging Face. */
function byteSize(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*(|[KMG]?B)$/i.exec(text) ?? [];
  const factor = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9 }[unit.toUpperCase()]!;
  const bytes = Math.floor(Number(number) * factor);
  if (number === undefined || bytes < 1) throw new InvalidArgumentError("It must be a size such as 500MB or 5GB.");
  return bytes;
}
