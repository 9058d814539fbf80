import { checkOptions, fail } from "@rsdix/internal";
import { type LayoutChoice, toHuggingFace } from "../checkpoint/keys/hugging-face";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";
import { type ClipCapConfig, resolveClipCapConfig } from "../clipcap-config";
import { refitted } from "../config-files/refit";
import { type Gpt2Config, resolveGpt2Config } from "../gpt2-config";
import { refuseNull } from "../refuse-null";
import { countBlocks, headsOf, shapeOf } from "./shapes";

/** What a GPT-2's shapes don't tell, and which of a checkpoint's models is meant. */
export interface Gpt2ShapeOptions extends Omit<LayoutChoice, "model" | "role"> {
  /** GPT-2's attention heads; by default one for every 64 of its width, as all of OpenAI's have. */
  readonly heads?: number;
}

/** What a captioner's shapes don't tell, and which of a checkpoint's models is meant. */
export interface ClipCapShapeOptions extends Gpt2ShapeOptions {
  /** The transformer mapper's heads; 8 by default, as the original's. */
  readonly mapperHeads?: number;
}

/**
 * A GPT-2's sizes from the shapes of its arrays, for checkpoints without a configuration file. Nothing is read.
 *
 * @param checkpoint The arrays of a file, in any layout; a captioner's too.
 * @param options Which model, and what shapes don't tell.
 * @returns The configuration; norms are taken to have GPT-2's epsilon.
 * @throws CHECKPOINT_MISMATCH when the checkpoint holds no GPT-2, or one with a part missing; INVALID_ARGUMENT when heads must be given;
 * UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, gpt2ConfigOf, lazyOf } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 9, contextLength: 8, width: 64, layers: 2, heads: 1 }, 1);
 * console.log(gpt2ConfigOf(lazyOf(await gpt2.parameters.toCheckpoint())).layers); // 2
 * gpt2.dispose();
 * ```
 *
 * @see https://huggingface.co/docs/transformers/model_doc/gpt2#transformers.GPT2Config
 */
export function gpt2ConfigOf(checkpoint: LazyCheckpoint, options: Gpt2ShapeOptions = {}): Gpt2Config {
  refuseNull(checkOptions(options, ["layout", "prefix", "heads"], "gpt2ConfigOf"));
  return gpt2Sizes(checkpoint, options);
}

/** The same for those that load a model; `give` says in errors what to give in place of a single option. */
export function gpt2Sizes(checkpoint: LazyCheckpoint, { heads, ...choice }: Gpt2ShapeOptions, give?: string): Gpt2Config {
  return gpt2Of(toHuggingFace(checkpoint, { ...choice, model: "gpt2" }).tensors, "", heads, give);
}

/**
 * A captioner's sizes from the shapes of its arrays: RSDiX's checkpoints have no configuration file. Nothing is read.
 *
 * @param checkpoint The arrays of a file, in any layout.
 * @param options Which model, and what shapes don't tell.
 * @returns The configuration, of either mapper; embeddings are taken to be scaled to length 1 before it.
 * @throws CHECKPOINT_MISMATCH when the checkpoint holds no captioner, or one with a part missing; INVALID_ARGUMENT when heads must be given;
 * UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { ClipCap, clipCapConfigOf, lazyOf } from "@rsdix/models";
 *
 * const gpt2 = { vocabSize: 9, contextLength: 16, width: 64, layers: 1, heads: 1 };
 * const clipcap = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 10, gpt2 }, 1);
 * console.log(clipCapConfigOf(lazyOf(await clipcap.parameters.toCheckpoint())).prefixLength); // 10
 * clipcap.dispose();
 * ```
 *
 * @see https://github.com/rmokady/CLIP_prefix_caption/blob/main/train.py
 */
export function clipCapConfigOf(checkpoint: LazyCheckpoint, options: ClipCapShapeOptions = {}): ClipCapConfig {
  refuseNull(checkOptions(options, ["layout", "prefix", "heads", "mapperHeads"], "clipCapConfigOf"));
  return clipCapSizes(checkpoint, options);
}

/** The same for those that load a model; `give` says in errors what to give in place of a single option. */
export function clipCapSizes(
  checkpoint: LazyCheckpoint,
  { heads, mapperHeads, ...choice }: ClipCapShapeOptions,
  give?: string,
): ClipCapConfig {
  const { tensors } = toHuggingFace(checkpoint, { ...choice, model: "clipcap" });
  const gpt2 = gpt2Of(tensors, "gpt.", heads, give);
  const mapper = tensors.has("clip_project.prefix_const") ? transformerOf(tensors, gpt2.width, mapperHeads) : mlpOf(tensors, gpt2.width);
  if (mapper.mapper === "mlp" && mapperHeads !== undefined) {
    fail("INVALID_ARGUMENT", "mapperHeads is given, but the checkpoint's mapper is an MLP.");
  }
  return refitted("The checkpoint's captioner", resolveClipCapConfig, { ...mapper, gpt2 });
}

function gpt2Of(tensors: LazyCheckpoint, prefix: string, heads: number | undefined, give = "heads") {
  const inner = `${prefix}transformer.`;
  const [vocabSize, width] = shapeOf(tensors, `${inner}wte.weight`, 2);
  const [contextLength] = shapeOf(tensors, `${inner}wpe.weight`, 2);
  const config = {
    vocabSize: vocabSize!,
    contextLength: contextLength!,
    width: width!,
    layers: countBlocks(tensors, `${inner}h.`, ".mlp.c_fc.weight"),
    heads: headsOf(width!, heads, give, Number.POSITIVE_INFINITY),
    mlpWidth: shapeOf(tensors, `${inner}h.0.mlp.c_fc.weight`, 2)[1]!,
  };
  return refitted("The checkpoint's GPT-2", resolveGpt2Config, config);
}

function mlpOf(tensors: LazyCheckpoint, width: number) {
  const [, prefixSize] = shapeOf(tensors, "clip_project.model.0.weight", 2);
  const [out] = shapeOf(tensors, "clip_project.model.2.weight", 2);
  return { prefixSize: prefixSize!, prefixLength: quotient(out!, width, "clip_project.model.2.weight"), mapper: "mlp" as const };
}

function transformerOf(tensors: LazyCheckpoint, width: number, heads = 8) {
  const [rows, prefixSize] = shapeOf(tensors, "clip_project.linear.weight", 2);
  const [prefixLength] = shapeOf(tensors, "clip_project.prefix_const", 2);
  const layers = countBlocks(tensors, "clip_project.transformer.layers.", ".mlp.fc1.weight");
  const clipLength = quotient(rows!, width, "clip_project.linear.weight");
  return { prefixSize: prefixSize!, prefixLength: prefixLength!, mapper: { clipLength, layers, heads } };
}

/** How many GPT-2 positions an array's rows are. */
function quotient(rows: number, width: number, name: string): number {
  if (rows % width !== 0) fail("CHECKPOINT_MISMATCH", `"${name}" has ${rows} rows, no multiple of GPT-2's width ${width}.`);
  return rows / width;
}
