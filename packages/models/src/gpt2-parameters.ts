import { normSpecs } from "./blocks/specs";
import { type Checkpoint, type CheckpointTensor, checkIsCheckpoint } from "./checkpoint/checkpoint";
import { unequal } from "./checkpoint/keys/derive";
import { tableOf } from "./checkpoint/keys/layouts";
import { planConversion } from "./checkpoint/keys/plan";
import type { ResolvedGpt2Config } from "./gpt2-config";
import type { ParameterSpec } from "./initialize";

/** Every weight of a GPT-2 under Hugging Face's names. Its layers are "Conv1D"s: stored [in, out], so nothing is transposed. */
export function gpt2Parameters(config: ResolvedGpt2Config, prefix = ""): ParameterSpec[] {
  const { vocabSize, contextLength, width, layers, mlpWidth, initializerRange } = config;
  const normal = { normal: initializerRange };
  // The two matrices that write into the residual stream start smaller, so that its variance doesn't grow with depth (GPT-2, section 2.3).
  const residual = { normal: initializerRange / Math.sqrt(2 * layers) };
  const norm = (name: string) => normSpecs(name, width);
  const dense = (name: string, from: number, to: number, init: ParameterSpec["init"]): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [from, to], init, decay: true },
    { name: `${name}.bias`, shape: [to], init: "zeros" },
  ];
  const block = (layer: number): ParameterSpec[] => [
    ...norm(`h.${layer}.ln_1`),
    ...dense(`h.${layer}.attn.c_attn`, width, 3 * width, normal),
    ...dense(`h.${layer}.attn.c_proj`, width, width, residual),
    ...norm(`h.${layer}.ln_2`),
    ...dense(`h.${layer}.mlp.c_fc`, width, mlpWidth, normal),
    ...dense(`h.${layer}.mlp.c_proj`, mlpWidth, width, residual),
  ];
  const specs: ParameterSpec[] = [
    { name: "wte.weight", shape: [vocabSize, width], init: normal, vocabulary: true },
    { name: "wpe.weight", shape: [contextLength, width], init: normal },
    ...Array.from({ length: layers }, (_, layer) => block(layer)).flat(),
    ...norm("ln_f"),
  ];
  return specs.map((spec) => ({ ...spec, name: `${prefix}transformer.${spec.name}` }));
}

/**
 * A GPT-2 checkpoint's weights under the names above, by the key tables of GPT-2: `transformer.` is added where GPT2Model left it out,
 * buffers of older versions are dropped, and so is the output matrix after a look that it is the token table, as the model assumes. Names
 * outside `prefix` stay.
 */
export function canonicalGpt2(checkpoint: ReadonlyMap<string, CheckpointTensor>, prefix = ""): Checkpoint {
  checkIsCheckpoint(checkpoint);
  const names = [...checkpoint.keys()];
  const inside = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const table = tableOf("gpt2", inside.includes("wte.weight") ? "bare" : "huggingface");
  const { steps, tied, unknown } = planConversion(table, inside, "toOurs");
  for (const [second, first] of tied) {
    const [head, table] = [checkpoint.get(prefix + second)!, checkpoint.get(prefix + first)!];
    if (head.data.length !== table.data.length || head.data.some((value, i) => value !== table.data[i])) {
      unequal(prefix + second, prefix + first);
    }
  }
  const kept = [...names.filter((name) => !name.startsWith(prefix)), ...unknown.map((name) => prefix + name)];
  return new Map([
    ...kept.map((name) => [name, checkpoint.get(name)!] as const),
    ...steps.map(({ from, to }) => [prefix + to[0], checkpoint.get(prefix + from[0])!] as const),
  ]);
}
