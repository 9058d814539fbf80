import { fail, type RsdixError } from "@rsdix/internal";
import { mergeConfigs, type RawConfig, resolveConfig } from "../config/load-config";
import { snakeCase } from "../config/names";
import type { FitConfigs, FitKind } from "../config/schemas";
import type { GridFile } from "./grid-file";
import { gridCode } from "./grid-search";
import type { Dimension, ParameterValue, SearchPoint } from "./space";
import { flagsOf } from "./trial-command";

/** A grid file as `rsdix fit` takes it. */
export interface FitGrid {
  readonly grid: GridFile;
  /** Parameters that only the original's trainer has. */
  readonly leftOut: readonly string[];
}

/** Lightning's loggers: class and its arguments. */
const LOGGER = /^trainer\.logger\./;
const WARMUP = "model.use_warmup";
/** More points than this are not looked at one by one. */
const MAX_POINTS = 5000;

/**
 * The original's grid in our words: `use_warmup` 0 is "cosine" and any other number "linear", as its search has it; True and Null are what YAML takes them for;
 * what sets up Lightning's loggers is left out.
 */
export function fitGrid(grid: GridFile, where: string): FitGrid {
  const given = Object.entries(grid.space).map(([name, dimension]) => [name.split(".").map(snakeCase).join("."), dimension] as const);
  const leftOut = given.map(([name]) => name).filter((name) => LOGGER.test(name));
  const kept = given.filter(([name]) => !leftOut.includes(name));
  if (kept.length === 0)
    fail("FILE_CORRUPT", `${where} has only ${leftOut.join(", ")}, of Lightning's loggers: there is nothing to search.`);
  const twice = kept.find(([name], i) => kept.findIndex(([other]) => other === name) < i);
  if (twice) fail("FILE_CORRUPT", `${where} has the parameter ${twice[0]} twice.`);
  const space = Object.fromEntries(
    kept.map(([name, dimension]) => [name, name === WARMUP ? warmupNames(dimension) : yamlWords(dimension)]),
  );
  return { grid: { ...grid, space }, leftOut };
}

/** Other spellings of true, false and null, as in configuration files. */
const YAML_WORDS: Readonly<Record<string, ParameterValue>> = {
  ...{ True: true, TRUE: true, False: false, FALSE: false },
  ...{ Null: null, NULL: null },
};

function yamlWords(dimension: Dimension): Dimension {
  if (dimension.type !== "categorical") return dimension;
  const choices = dimension.choices.map((value) =>
    typeof value === "string" && Object.hasOwn(YAML_WORDS, value) ? YAML_WORDS[value]! : value,
  );
  return { type: "categorical", choices: [...new Set(choices)] };
}

function warmupNames(dimension: Dimension): Dimension {
  const values = dimension.type === "categorical" ? dimension.choices : [dimension.min, dimension.max];
  const choices = values.map((value): ParameterValue => (typeof value !== "number" ? value : value === 0 ? "cosine" : "linear"));
  return { type: "categorical", choices: [...new Set(choices)] };
}

/**
 * Checks every trial's configuration before the first is run. What is wrong with a value is wrong with the search; points that only do nothing in part,
 * beside others that are well, are counted.
 *
 * @param levels - values of each range that are looked at.
 * @param onConfig - told of each configuration that `fit` takes.
 * @returns how many points `fit` will refuse, of how many, and why it does the first.
 */
export function checkFitPoints<K extends FitKind>(
  { space }: GridFile,
  {
    kind,
    base,
    levels,
    where,
    onConfig,
  }: { kind: K; base: RawConfig; levels: number; where: string; onConfig?: (config: FitConfigs[K]) => void },
): { refused: number; of: number; why: string } {
  const points = pointsOf(space, levels);
  let refused = 0;
  let why = "";
  for (const point of points) {
    try {
      const config = resolveConfig(kind, mergeConfigs([base, configOf(point)]));
      onConfig?.(config);
    } catch (error) {
      const { code, message } = error as RsdixError;
      const said = `${where}: a trial with ${flagsOf(point).join(" ")} cannot run: ${message}`;
      if (!message.includes(" would do nothing ")) fail(code, said, error);
      why ||= said;
      if (++refused === points.length) fail(code, why, error);
    }
  }
  return { refused, of: points.length, why };
}

/** All points, or each value with the first of the others where those are too many. */
function pointsOf(space: GridFile["space"], levels: number): SearchPoint[] {
  const code = gridCode(space, levels);
  if (code.count <= MAX_POINTS) return [...code.all()];
  const [first] = code.all();
  return Object.entries(space).flatMap(([name, dimension]) =>
    [...gridCode({ [name]: dimension }, levels).all()].map((value) => ({ ...first!, ...value })),
  );
}

function configOf(point: SearchPoint): RawConfig {
  const raw: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(point)) {
    const [section, ...rest] = name.split(".");
    const field = rest.join(".");
    if (field === "") raw[section!] = value;
    else raw[section!] = { ...(raw[section!] as object | undefined), [field]: value };
  }
  return raw;
}
