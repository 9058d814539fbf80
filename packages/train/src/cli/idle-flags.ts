import { fail } from "@rsdix/internal";
import type { Command } from "commander";

/** Refuses flags that were given though they would do nothing: their long names, by why. */
export function refuseIdle(command: Command, idle: Readonly<Record<string, readonly string[]>>): void {
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  const isSaid = (name: string, negate: boolean) => negate === (command.getOptionValue(name) === false); // --splits and --no-splits have one value
  const given = new Set(
    command.options.flatMap((option) => {
      const name = option.attributeName();
      return isGiven(name) && isSaid(name, option.negate) ? [option.long] : [];
    }),
  );
  const said = Object.entries(idle).flatMap(([why, flags]) => {
    const some = flags.filter((flag) => given.has(flag));
    return some.length > 0 ? [`${some.join(", ")} would do nothing ${why}.`] : [];
  });
  if (said.length > 0) fail("INVALID_ARGUMENT", said.join(" "));
}
