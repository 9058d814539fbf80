import type { Activation } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as z from "zod/mini";
import { MAX_LAYERS } from "../check-transformer";
import { problemOf } from "./schema-words";

/**
 * The largest numbers that a configuration may have. Models come nowhere near (GPT-2 XL has 1,600 and 48, CLIP's largest vocabulary is a
 * quarter of a million), and whatever is computed from them stays a safe integer.
 */
export const LIMITS = { width: 65_536, layers: MAX_LAYERS, vocabulary: 16_777_216, context: 1_048_576, pixels: 16_384 } as const;

/** What a configuration file describes: which model, and its sizes. */
export interface Described<Model extends string, Config> {
  /** The model. */
  readonly model: Model;
  /** Its configuration. */
  readonly config: Config;
}

/** A whole number from 1, and what it is where the file leaves it out. */
export function whole(max: number, fallback: number) {
  return z._default(z.int().check(z.gte(1), z.lte(max)), fallback);
}

/** A small number added to a variance. */
export function epsilon(fallback: number) {
  return z._default(z.number().check(z.gte(0), z.lte(1)), fallback);
}

/** Pixels a side, as a number or as two equal ones. */
export function side(fallback: number) {
  const pixels = z.int().check(z.gte(1), z.lte(LIMITS.pixels));
  const expected = `a whole number from 1 to ${LIMITS.pixels}, or that of a square twice in a list`;
  const square = z.array(pixels).check(z.refine((sides) => sides.length === 2 && sides[0] === sides[1], expected));
  return z._default(
    z.pipe(
      z.union([pixels, square], expected),
      z.transform((value) => (typeof value === "number" ? value : value[0]!)),
    ),
    fallback,
  );
}

/**
 * What a file from outside says, checked.
 *
 * @param what The file, for messages, and where in it.
 * @throws FILE_CORRUPT naming the first field that is wrong.
 */
export function parseConfig<T extends z.ZodMiniType>(schema: T, json: unknown, what: string): z.output<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  return fail(
    "FILE_CORRUPT",
    `${what} can't be used: ${problemOf(result.error.issues[0]!, json)} Mend it, or get the model's files again.`,
  );
}

/** Throws where a file asks for something that the model here doesn't have: its fields must be these, where they are there at all. */
export function requireValues(fields: Readonly<Record<string, unknown>>, supported: Readonly<Record<string, unknown>>, what: string): void {
  for (const [name, value] of Object.entries(supported)) {
    const found = fields[name];
    if (found !== undefined && found !== value) {
      const shown = (x: unknown) => String(JSON.stringify(x)).slice(0, 100);
      fail("CHECKPOINT_MISMATCH", `${what} has "${name}": ${shown(found)}. Only ${shown(value)} is supported here.`);
    }
  }
}

/** transformers' names of the activations, several of which are one function. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: "quickGelu",
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "geluTanh",
  gelu_pytorch_tanh: "geluTanh",
  gelu_python_tanh: "geluTanh",
  gelu_fast: "geluTanh",
  gelu_accurate: "geluTanh",
  relu: "relu",
  tanh: "tanh",
};

/** The activation that transformers calls by a name. */
export function activationOf(name: string, what: string): Activation {
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name]!;
  const known = Object.keys(ACTIVATIONS).join(", ");
  return fail("CHECKPOINT_MISMATCH", `${what} has the activation "${name.slice(0, 100)}". Those known are: ${known}.`);
}

/** Throws unless a file is of this kind of model. */
export function requireModelType(json: unknown, expected: string, what: string): void {
  const { model_type: type } = parseConfig(z.object({ model_type: z.string() }), json, what);
  if (type !== expected) {
    fail("CHECKPOINT_MISMATCH", `${what} is of a model of type "${type.slice(0, 100)}", where "${expected}" was expected.`);
  }
}

/** What transformers says of a tower of CLIP or SigLIP, as ours. */
export function towerOf(
  part: {
    readonly hidden_size: number;
    readonly num_hidden_layers: number;
    readonly num_attention_heads: number;
    readonly intermediate_size: number;
    readonly hidden_act: string;
    readonly layer_norm_eps: number;
  },
  what: string,
) {
  return {
    width: part.hidden_size,
    layers: part.num_hidden_layers,
    heads: part.num_attention_heads,
    mlpWidth: part.intermediate_size,
    activation: activationOf(part.hidden_act, what),
    layerNormEpsilon: part.layer_norm_eps,
  };
}
