import { numberOptions } from "@rsdix/internal";
import { InvalidArgumentError } from "commander";

/** Options' values, from text. */
export const { wholeNumber, decimal } = numberOptions(InvalidArgumentError);

/** As {@link wholeNumber}, from 1 on. */
export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError("It must be at least 1.");
  return value;
}

/** The most processes that a pool or a worker begins. */
const MOST_JOBS = 1024;

/** As {@link positiveNumber}, of processes at a time. */
export function jobsNumber(text: string): number {
  const value = positiveNumber(text);
  if (value > MOST_JOBS) throw new InvalidArgumentError(`It must be at most ${MOST_JOBS}.`);
  return value;
}

/** How often a bootstrap may draw, as `metricStudy` holds it. */
export function resamplesNumber(text: string): number {
  const value = wholeNumber(text);
  if (value < 100 || value > 100_000) throw new InvalidArgumentError("It must be at least 100 and at most 100000.");
  return value;
}

/** "bleu,rougeL": names or phrases between commas. */
export function listOf(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.includes("")) throw new InvalidArgumentError("It must be names with commas between them, none of them empty.");
  return items;
}

/** As {@link listOf}, for a flag that also takes blanks between them, as the original does: `--metrics bleu rougeL`. */
export function listsOf(initial?: readonly string[]): (text: string, previous: unknown) => string[] {
  return (text, previous) => [...(Array.isArray(previous) && previous !== initial ? previous : []), ...listOf(text)];
}

/** A file's name, or its path within a folder that another flag names. */
export function fileWithin(folderFlag: string): (text: string) => string {
  return (text) => {
    if (/^[\\/]|^[A-Za-z]:/.test(text) || text.split(/[\\/]/).includes(".."))
      throw new InvalidArgumentError(`It must be a name within ${folderFlag}, which names the folder.`);
    return text;
  };
}
