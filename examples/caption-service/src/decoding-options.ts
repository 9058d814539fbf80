import { DECIMAL } from "@rsdix/internal";
import type { CaptionOptions } from "@rsdix/models";
import { z } from "zod";
import { refuse } from "./service-error";

/** What a request may say of how its captions are decoded. */
export type Decoding = Pick<CaptionOptions, "beams" | "lengthPenalty" | "nucleus" | "maxTokens" | "repetitionPenalty" | "noRepeatNgram">;

/** What a request wants. */
export interface Wanted {
  readonly decoding: Decoding;
  /** Whether captions are sent while they are decoded. */
  readonly stream: boolean;
}

/** Forms and query strings say everything as text. */
const number = () => z.union([z.number(), z.string().trim().regex(DECIMAL).transform(Number)]).pipe(z.number());
/** Whole numbers are of digits alone, as those of the command line are. */
const whole = (min = 1) => z.union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min));
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

const schema = z.strictObject({
  beams: whole(),
  length_penalty: number().pipe(z.number().min(-10).max(10)),
  seed: whole(0),
  top_p: number().pipe(z.number().gt(0).max(1)),
  top_k: whole(),
  temperature: number().pipe(z.number().min(0.01).max(100)),
  max_tokens: whole(),
  repetition_penalty: number().pipe(z.number().min(1).max(1000)),
  no_repeat_ngram: whole(),
  stream: flag,
});

/** The same in words, for who sent something else. */
const EXPECTED: Readonly<Record<keyof typeof schema.shape, string>> = {
  beams: "a whole number from 1",
  length_penalty: "a number from -10 to 10",
  seed: "a whole number from 0",
  top_p: "a number above 0 and at most 1",
  top_k: "a whole number from 1",
  temperature: "a number from 0.01 to 100",
  max_tokens: "a whole number from 1",
  repetition_penalty: "a number from 1 to 1000",
  no_repeat_ngram: "a whole number from 1",
  stream: "true or false",
};

/**
 * Checks what a request says of decoding, and puts it as the models take it.
 *
 * @param given names and values, of a query, a form or JSON
 * @param limits the most beams, and the most tokens a caption
 * @returns what is wanted
 */
export function readWanted(given: Record<string, unknown>, limits: { maxBeams: number; maxTokens: number }): Wanted {
  const parsed = schema.partial().safeParse(given);
  if (!parsed.success) refuse(422, "INVALID_OPTION", parsed.error.issues.map((issue) => inWords(issue, given)).join(" "));
  const { beams, length_penalty, seed, top_p, top_k, temperature, max_tokens, repetition_penalty, no_repeat_ngram, stream } = parsed.data;
  const { maxBeams, maxTokens } = limits;
  if (beams !== undefined && beams > maxBeams) refuse(422, "INVALID_OPTION", `beams: at most ${maxBeams}, got ${beams}.`);
  if (max_tokens !== undefined && max_tokens > maxTokens) {
    refuse(422, "INVALID_OPTION", `max_tokens: this model has room for ${maxTokens}, got ${max_tokens}.`);
  }
  if (length_penalty !== undefined && (beams ?? 1) < 2) refuse(422, "INVALID_OPTION", "length_penalty ranks beams: it needs at least 2.");
  const drawn = { ...has("p", top_p), ...has("topK", top_k), ...has("temperature", temperature) };
  if (seed === undefined && Object.keys(drawn).length > 0) {
    refuse(422, "INVALID_OPTION", "top_p, top_k and temperature are for drawing captions: give a seed to draw from, a whole number.");
  }
  if (seed !== undefined && beams !== undefined)
    refuse(422, "INVALID_OPTION", "A caption is drawn (seed) or searched for (beams), not both.");
  const decoding: Decoding = {
    ...has("beams", beams),
    ...has("lengthPenalty", length_penalty),
    ...(seed !== undefined && { nucleus: { seed, ...drawn } }),
    ...has("maxTokens", max_tokens),
    ...has("repetitionPenalty", repetition_penalty),
    ...has("noRepeatNgram", no_repeat_ngram),
  };
  return { decoding, stream: stream ?? false };
}

function has<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [key in K]?: V });
}

function inWords({ path, code, ...issue }: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const [name] = path as [keyof typeof EXPECTED];
  if (code !== "unrecognized_keys") return `${name}: must be ${EXPECTED[name]}, got ${String(JSON.stringify(given[name])).slice(0, 100)}.`;
  const { keys } = issue as unknown as { keys: string[] };
  return `There is no option ${keys
    .slice(0, 5)
    .map((key) => JSON.stringify(key.slice(0, 50)))
    .join(", ")}; there are ${Object.keys(schema.shape).join(", ")}.`;
}
