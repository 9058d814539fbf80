import { fail } from "@rsdix/internal";
import type { Command } from "commander";

/** Refuses a flag or an argument that is there and empty, as an unset $VARIABLE is: it would be taken for none, or for a file without a name. */
export function refuseEmpty(command: Command): void {
  const flags = command.options.filter((option) => command.getOptionValue(option.attributeName()) === "");
  const args = command.registeredArguments.filter((_, i) => command.args[i] === "");
  const [name] = [...flags.map(({ long }) => long!), ...args.map((argument) => `<${argument.name()}>`)];
  if (name !== undefined) fail("INVALID_ARGUMENT", `${name} is empty${name.startsWith("--") ? ": give it a value, or leave it out" : ""}.`);
}
