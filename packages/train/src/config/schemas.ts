import { z } from "zod";
import { CLIP_MODEL_FIELDS, CLIPCAP_MODEL_FIELDS, DATA_FIELDS, TRAINER_FIELDS } from "./clip-fields";
import { count, countFromZero, onlyNull } from "./fields";

const seed = countFromZero("Where all draws come from: initial weights, order, captions, augmentation, dropout").default(42);
const trainer = z.strictObject(TRAINER_FIELDS).prefault({});

/** `rsdix fit clip`. */
const clipFitSchema = z.strictObject({
  seed_everything: seed,
  model: z.strictObject(CLIP_MODEL_FIELDS).prefault({}),
  data: z.strictObject({
    ...DATA_FIELDS,
    use_gpt2_tokenizer: z.literal(false).meta({ description: "Texts are CLIP's here" }).default(false),
  }),
  trainer,
});

const { teacher: _teacher, ...encoder } = CLIP_MODEL_FIELDS;

/** `rsdix fit clipcap`. */
const clipCapFitSchema = z.strictObject({
  seed_everything: seed,
  model: z.strictObject({
    ...encoder,
    ...CLIPCAP_MODEL_FIELDS,
    prefix_size: count("Width of an image embedding; the encoder's own, which it must be, when null").nullable().default(null),
    pad_token: onlyNull("null: padding is masked here, whatever its token"),
    max_length: count("Longest caption in tokens").default(67),
  }),
  data: z.strictObject({
    ...DATA_FIELDS,
    use_gpt2_tokenizer: z.literal(true).meta({ description: "Captions are GPT-2's here" }).default(true),
  }),
  trainer,
});

/** The configuration of `rsdix fit clip`, complete. */
export type ClipFitConfig = z.output<typeof clipFitSchema>;
/** The configuration of `rsdix fit clipcap`, complete. */
export type ClipCapFitConfig = z.output<typeof clipCapFitSchema>;

/** What a configuration is for. */
export const FIT_SCHEMAS = { clip: clipFitSchema, clipcap: clipCapFitSchema } as const;
/** "clip" or "clipcap". */
export type FitKind = keyof typeof FIT_SCHEMAS;
/** The configuration of each. */
export interface FitConfigs {
  clip: ClipFitConfig;
  clipcap: ClipCapFitConfig;
}

/** The fields without a default, each with a value that it may have. */
export function requiredFields(kind: FitKind): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return { data: { annotations_files: "a", img_dirs: "a" }, ...(kind === "clipcap" && { model: { prefix_length: 1 } }) };
}

/** The configuration's JSON Schema, which editors complete and check YAML by. */
export function fitJsonSchema(kind: FitKind): object {
  return z.toJSONSchema(FIT_SCHEMAS[kind], {
    io: "input",
    override({ jsonSchema }) {
      // Of a field that may be null, what it means is said of its other kind; editors look for it at the field.
      const described = jsonSchema.anyOf?.find(({ description }) => description);
      if (!described || jsonSchema.description) return;
      jsonSchema.description = described.description!;
      delete described.description;
    },
  });
}
