import { InvalidArgumentError } from "commander";

/** Reads a flag's whole number, in decimal digits: what JavaScript takes beyond these, such as 0x10 and 1e3, is more often a slip than meant. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? ` from ${min}` : `, ${min} to ${max}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number${range}.`);
  };
}
