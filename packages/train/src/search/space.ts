import { checkOptions, checkRange, fail, show } from "@rsdix/internal";

/** What a parameter may be set to. */
export type ParameterValue = string | number | boolean | null;

/** A parameter that takes any number of a range. */
export interface ContinuousDimension {
  /** Which kind of parameter. */
  type: "continuous";
  /** The lowest value. */
  min: number;
  /** The highest value. */
  max: number;
  /** Even by the number or by its logarithm, as for learning rates; "linear" by default. */
  scale?: "linear" | "log";
}

/** A parameter that takes the whole numbers of a range. */
export interface IntegerDimension {
  /** Which kind of parameter. */
  type: "integer";
  /** The lowest value. */
  min: number;
  /** The highest value. */
  max: number;
  /** Even by the number or by its logarithm, as for batch sizes; "linear" by default. */
  scale?: "linear" | "log";
}

/** A parameter that takes one of a list, whose order means nothing. */
export interface CategoricalDimension {
  /** Which kind of parameter. */
  type: "categorical";
  /** What it may be, each once. */
  choices: readonly ParameterValue[];
}

/** One parameter of a search. */
export type Dimension = ContinuousDimension | IntegerDimension | CategoricalDimension;

/** The parameters of a search, by name. */
export type SearchSpace = Readonly<Record<string, Dimension>>;

/** One value for each parameter of a space. */
export type PointOf<Space extends SearchSpace> = {
  -readonly [Name in keyof Space]: Space[Name] extends { choices: readonly (infer Choice)[] } ? Choice : number;
};

/** One value for each parameter. */
export type SearchPoint = Record<string, ParameterValue>;

/**
 * A parameter as the Gaussian process sees it: columns from 0 to 1. Numbers have one column; a choice has one for each, of which one is 1 ("one-hot").
 */
export interface DimensionCode {
  readonly columns: number;
  /** How many values there are; infinite for a continuous one. */
  readonly count: number;
  /** The value at a fraction from 0 to 1 of the range, each value as likely as the next when the fraction is drawn evenly. */
  at(fraction: number): ParameterValue;
  /** The value of an index from 0; only where there is a finite number. */
  nth(index: number): ParameterValue;
  /** The value's columns; undefined where it is none of the values. */
  encode(value: unknown): number[] | undefined;
  /** The valid value nearest to the columns. */
  decode(columns: readonly number[]): ParameterValue;
}

/** Throws unless the space can be searched. */
export function checkSpace(space: SearchSpace, where: string): void {
  if (show(space) !== "[object Object]" || Object.keys(space).length === 0)
    fail("INVALID_ARGUMENT", `${where}: the space must be an object of at least one parameter, got ${show(space)}.`);
  for (const [name, dimension] of Object.entries(space)) checkDimension(dimension, `${where}: the parameter "${name}"`);
}

function checkDimension(dimension: Dimension, what: string): void {
  if (show(dimension) !== "[object Object]") fail("INVALID_ARGUMENT", `${what} must be described by an object, got ${show(dimension)}.`);
  const { type } = dimension;
  if (dimension.type === "categorical") {
    checkOptions(dimension, ["type", "choices"], `${what}'s description`);
    checkChoices(dimension.choices, what);
    return;
  }
  if (dimension.type !== "continuous" && dimension.type !== "integer")
    fail("INVALID_ARGUMENT", `${what} must have a type, "continuous", "integer" or "categorical", got ${show(type)}.`);
  checkOptions(dimension, ["type", "min", "max", "scale"], `${what}'s description`);
  const { min, max, scale = "linear" } = dimension;
  const integer = type === "integer";
  if (scale !== "linear" && scale !== "log") fail("INVALID_ARGUMENT", `${what} must have the scale "linear" or "log", got ${show(scale)}.`);
  checkRange(min, `${what}: min`, { integer, ...(scale === "log" && { min: integer ? 1 : Number.MIN_VALUE }) });
  checkRange(max, `${what}: max`, { integer, min });
  if (max === min) fail("INVALID_ARGUMENT", `${what} must have a min (${min}) below its max (${max}), or be categorical with one choice.`);
}

function checkChoices(choices: readonly ParameterValue[], what: string): void {
  if (!Array.isArray(choices) || choices.length === 0)
    fail("INVALID_ARGUMENT", `${what} must have a list of choices, got ${show(choices)}.`);
  for (const [i, choice] of choices.entries()) {
    const scalar = choice === null || typeof choice === "string" || typeof choice === "boolean" || Number.isFinite(choice);
    if (!scalar) fail("INVALID_ARGUMENT", `${what}: a choice must be a text, a finite number, a boolean or null, got ${show(choice)}.`);
    if (choices.indexOf(choice) !== i) fail("INVALID_ARGUMENT", `${what} has the choice ${show(choice)} twice.`);
  }
}

/** How a parameter is seen by the Gaussian process. */
export function codeOf(dimension: Dimension): DimensionCode {
  if (dimension.type === "categorical") return categoricalCode(dimension.choices);
  return dimension.type === "integer" ? integerCode(dimension) : continuousCode(dimension);
}

function categoricalCode(choices: readonly ParameterValue[]): DimensionCode {
  const count = choices.length;
  const columns = count === 1 ? 0 : count; // what never changes tells nothing
  return {
    columns,
    count,
    at: (fraction) => choices[Math.min(Math.floor(fraction * count), count - 1)]!,
    nth: (index) => choices[index]!,
    encode(value) {
      const index = choices.indexOf(value as ParameterValue);
      return index < 0 ? undefined : Array.from({ length: columns }, (_, i) => (i === index ? 1 : 0));
    },
    decode: (values) => choices[columns === 0 ? 0 : values.indexOf(Math.max(...values))]!,
  };
}

function continuousCode({ min, max, scale }: ContinuousDimension): DimensionCode {
  const axis = axisOf(min, max, scale);
  // The ends as they were given: by logarithms they would be a digit off.
  const at = (fraction: number) => (fraction === 0 ? min : fraction === 1 ? max : clamp(axis.at(fraction), min, max));
  return {
    columns: 1,
    count: Number.POSITIVE_INFINITY,
    at,
    nth: () => fail("INVALID_ARGUMENT", "A continuous parameter has no list of values."),
    encode: (value) => (typeof value === "number" && value >= min && value <= max ? [axis.fraction(value)] : undefined),
    decode: ([fraction]) => at(fraction!),
  };
}

/** Half a number more at both ends, or the ends would be drawn half as often. */
function integerCode({ min, max, scale }: IntegerDimension): DimensionCode {
  const axis = axisOf(min - 0.5, max + 0.5, scale);
  const at = (fraction: number) => clamp(Math.round(axis.at(fraction)), min, max) + 0; // no -0, which JSON does not keep
  return {
    columns: 1,
    count: max - min + 1,
    at,
    nth: (index) => min + index,
    encode: (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? [axis.fraction(value)] : undefined,
    decode: ([fraction]) => at(fraction!),
  };
}

function axisOf(low: number, high: number, scale: "linear" | "log" = "linear") {
  if (scale === "linear")
    return {
      at: (fraction: number) => low * (1 - fraction) + high * fraction,
      fraction: (value: number) => (value - low) / (high - low),
    };
  const [from, to] = [Math.log(low), Math.log(high)];
  return {
    at: (fraction: number) => Math.exp(from * (1 - fraction) + to * fraction),
    fraction: (value: number) => (Math.log(value) - from) / (to - from),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
