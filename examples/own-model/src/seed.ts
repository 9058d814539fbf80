/** The largest seed: what is made of it are still 32-bit numbers. */
const MAX_SEED = 1_000_000;

/** The command line's one argument: a whole number, 1 where there is none; with anything else the program ends. */
export function readSeed(args: readonly string[]): number {
  const [text = "1", ...more] = args;
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= MAX_SEED && more.length === 0) return seed;
  console.error(`The seed must be one whole number, 0 to ${MAX_SEED}; got ${args.map((each) => JSON.stringify(each)).join(", ")}.`);
  return process.exit(1);
}
