/** What a figure shows. */
export interface FigureOutput {
  /** How many marks of which kind it has. */
  readonly marks: Readonly<Record<string, number>>;
  /** The texts that are drawn in it, without those of its axes, which have other ticks when a number is a little larger; a heat map's are the same. */
  readonly texts: readonly string[];
  /** What it is a picture of, in numbers from 0 to 100: a line for each image, curve and group of cells or bars, of these each one. */
  readonly drawn: readonly string[];
}

/** What one cell shows, as it is stored. */
export interface CellOutput {
  /** The cell's number in the notebook. */
  readonly cell: number;
  /** Its text without that of its figures, line by line. */
  readonly text: readonly string[];
  /** Its figures. */
  readonly figures: readonly FigureOutput[];
}

const NUMBER = /(?<![\p{L}\p{N}.])[-−]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:e[-+−]?\d+)?(?![\p{L}\p{N}])/gu;

/**
 * What differs between what a notebook shows and what is stored, in a line each; none where all is as it was. Numbers may be off by `relative` of the stored
 * one, and those with decimals by one of the last, since roundings differ; what is drawn may be off by the same share of its range, and by 2 of 100.
 */
export function differences(actual: readonly CellOutput[], stored: readonly CellOutput[], relative: number): string[] {
  const cells = [...new Set([...stored, ...actual].map(({ cell }) => cell))];
  return cells.flatMap((cell) => {
    const [now, before] = [actual, stored].map((outputs) => outputs.find((output) => output.cell === cell));
    if (!now || !before) return [`cell ${cell}: ${now ? "shows something that is not stored" : "shows nothing, but something is stored"}`];
    const [marks, storedMarks] = [now, before].map(({ figures }) => JSON.stringify(figures.map((figure) => figure.marks)));
    const [texts, storedTexts] = [now, before].map(({ figures }) => figures.flatMap((figure) => figure.texts));
    const [drawn, storedDrawn] = [now, before].map(({ figures }) => figures.flatMap((figure) => figure.drawn));
    return [
      ...textDifferences(now.text, before.text, relative),
      ...drawnDifferences(drawn!, storedDrawn!, Math.max(2, 100 * relative)),
      ...(marks === storedMarks ? textDifferences(texts!, storedTexts!, relative) : [`figures have ${marks}, stored are ${storedMarks}`]),
    ].map((line) => `cell ${cell}: ${line}`);
  });
}

function textDifferences(actual: readonly string[], stored: readonly string[], relative: number): string[] {
  if (actual.length !== stored.length) {
    return [`shows ${actual.length} lines (${JSON.stringify(actual)}), stored are ${stored.length} (${JSON.stringify(stored)})`];
  }
  return actual.flatMap((line, i) => (sameLine(line, stored[i]!, relative) ? [] : [`"${line}", stored is "${stored[i]}"`]));
}

function drawnDifferences(actual: readonly string[], stored: readonly string[], most: number): string[] {
  if (actual.length !== stored.length) return [`draws ${actual.length} images, curves and groups of cells, stored are ${stored.length}`];
  const numbers = (line: string) => line.split(/[ ,]+/).map(Number);
  return actual.flatMap((line, i) => {
    const [now, before] = [numbers(line), numbers(stored[i]!)];
    const isSame = now.length === before.length && now.every((value, k) => Math.abs(value - before[k]!) <= most);
    return isSame ? [] : [`draws "${line}", stored is "${stored[i]}"`];
  });
}

function sameLine(actual: string, stored: string, relative: number): boolean {
  if (actual.replace(NUMBER, "#") !== stored.replace(NUMBER, "#")) return false;
  const [now, before] = [numbersOf(actual), numbersOf(stored)];
  return now.every(({ value, unit }, i) => {
    const expected = before[i]!;
    const allowed = relative * Math.abs(expected.value) + Math.max(unit, expected.unit);
    return Math.abs(value - expected.value) <= allowed * (1 + 1e-9);
  });
}

/** The numbers in a text, with one of their last decimal; a minus may be typeset, thousands have commas. */
function numbersOf(text: string): { value: number; unit: number }[] {
  return Array.from(text.matchAll(NUMBER), ([number]) => {
    const plain = number.replaceAll("−", "-").replaceAll(",", "");
    const [, decimals, exponent = "0"] = /\.(\d+)(?:e(.+))?$/.exec(plain) ?? [];
    return { value: Number(plain), unit: decimals ? 10 ** (Number(exponent) - decimals.length) : 0 };
  });
}
