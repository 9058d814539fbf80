/** A number in decimal digits, without what code has besides: 0x10 is a slip more likely than sixteen. */
export const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What makes numbers of options' texts, and throws an `Invalid` for others: the parser's own error, as this package depends on no parser. */
export function numberOptions(Invalid: new (message: string) => Error) {
  return {
    /** A whole number from 0 on. */
    wholeNumber(text: string): number {
      if (!/^\d{1,15}$/.test(text)) throw new Invalid("It must be a whole number.");
      return Number(text);
    },
    /** A number of any kind, in decimal digits. */
    decimal(text: string): number {
      const value = Number(text);
      if (!DECIMAL.test(text.trim()) || !Number.isFinite(value)) throw new Invalid("It must be a number.");
      return value;
    },
  };
}
