import { numberOptions } from "@rsdix/internal";
import { type Command, InvalidArgumentError } from "commander";
import type { RandomSplitOptions } from "../random-split";

/** Options' values, from text. */
export const { wholeNumber, decimal } = numberOptions(InvalidArgumentError);

/** "80,10,42": percentages for fitting and choosing, the rest for testing, and the seed. */
export function splitParts(text: string): RandomSplitOptions {
  const parts = text.split(",");
  if (parts.length !== 3) throw new InvalidArgumentError("It must be three numbers such as 80,10,42: percent train, percent val, seed.");
  const [train, val, seed] = parts.map(decimal) as [number, number, number];
  return { train, val, seed };
}

/** "2,1,0" or "2,1,0,3": bands of a file, counted from 0. */
export function bandNumbers(text: string): { red: number; green: number; blue: number; scl?: number } {
  const parts = text.split(",").map(wholeNumber);
  if (parts.length < 3 || parts.length > 4) throw new InvalidArgumentError("It must be three or four numbers: red, green, blue and SCL.");
  const [red, green, blue, scl] = parts as [number, number, number, number?];
  return { red, green, blue, ...(scl !== undefined && { scl }) };
}

/** The example below a command's help, by the name that the program is called by. */
export function example(...lines: readonly string[]): (context: { readonly command: Command }) => string {
  return ({ command }) => `\nExample:\n${lines.map((line) => `  $ ${command.parent!.name()} ${line}`).join("\n")}`;
}
