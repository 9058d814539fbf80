import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";

/** Weights that are trained in a way of their own. */
export interface ParameterGroup {
  /** Its name in records. */
  name: string;
  /** Which weights, by their names: a weight belongs to the first group that takes it, and to the group "default" when none does. */
  match: RegExp | ((name: string) => boolean);
  /** Weight decay instead of the optimiser's; what decays at all is still as its `decay` says. */
  weightDecay?: number;
}

/** The group of what no group takes. */
export const DEFAULT_GROUP = "default";

/** Throws on groups that can't be meant. */
export function checkGroups(groups: readonly ParameterGroup[], known: readonly string[], where: string): void {
  if (!Array.isArray(groups)) fail("INVALID_ARGUMENT", `${where}: groups must be a list of { name, match, ... }, got ${show(groups)}.`);
  const names = new Set([DEFAULT_GROUP]);
  for (const group of groups) {
    checkOptions(group, known, `${where}'s groups`);
    const { name, match, weightDecay } = group;
    if (typeof name !== "string" || name === "") fail("INVALID_ARGUMENT", `${where}: a group must have a name, got ${show(name)}.`);
    if (names.has(name)) fail("INVALID_ARGUMENT", `${where}: the group "${name}" is there twice; "default" is what no group takes.`);
    names.add(name);
    if (!(match instanceof RegExp) && typeof match !== "function") {
      fail("INVALID_ARGUMENT", `${where}: the group "${name}" needs match, a RegExp or a function of a weight's name, got ${show(match)}.`);
    }
    if (weightDecay !== undefined) checkRange(weightDecay, `The weightDecay of the group "${name}"`, { min: 0 });
  }
}

/** The group of each weight: a weight is in the first that takes it. A group without any is an error, which most often is a wrong name. */
export function groupOfEach(parameters: readonly TrainableParameter[], groups: readonly ParameterGroup[], where: string): string[] {
  // `search`, because `test` of a RegExp with the flag g remembers where it was.
  const takes = ({ match }: ParameterGroup, name: string) => (match instanceof RegExp ? name.search(match) >= 0 : match(name));
  const found = parameters.map(({ name }) => groups.find((group) => takes(group, name))?.name ?? DEFAULT_GROUP);
  const empty = groups.find(({ name }) => !found.includes(name));
  if (empty) {
    const some = parameters.slice(0, 3).map(({ name }) => name);
    fail(
      "INVALID_ARGUMENT",
      `${where}: no trainable weight is in the group "${empty.name}" (${String(empty.match)}). Weights are named as ${some.join(", ")}.`,
    );
  }
  return found;
}
