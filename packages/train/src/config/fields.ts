import { z } from "zod";

/** A number above 0. */
export const positive = (meaning: string) => z.number().gt(0).meta({ description: meaning });
/** A number from 0. */
export const fromZero = (meaning: string) => z.number().min(0).meta({ description: meaning });
/** A number from 0 to 1. */
export const share = (meaning: string) => z.number().min(0).max(1).meta({ description: meaning });
/** A whole number from 1. */
export const count = (meaning: string) => z.int().min(1).meta({ description: meaning });
/** A whole number from 0. */
export const countFromZero = (meaning: string) => z.int().min(0).meta({ description: meaning });
/** true or false. */
export const flag = (meaning: string) => z.boolean().meta({ description: meaning });
/** A text that is not empty. */
export const text = (meaning: string) => z.string().min(1).meta({ description: meaning });
/** One of some names. */
export const oneOf = <const T extends readonly [string, ...string[]]>(names: T, meaning: string) =>
  z.enum(names).meta({ description: meaning });

/** One text or several: a list in any case. */
export const texts = (meaning: string) =>
  z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error: "expected a text, or a list of texts: [a, b]" })
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .meta({ description: meaning });

/**
 * A field of the original that holds a Python object there: its configuration files have it as null, and nothing else is taken, as it would do nothing here.
 */
export const onlyNull = (meaning: string) => z.null().default(null).meta({ description: meaning });
