/** A command without some of its flags, which all have a value: "--on redis", "--on=redis", "--array_limit 2" as the original would write it. */
export function withoutFlags(args: readonly string[], flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^(--[^=]+)(=.*)?$/s.exec(args[i]!) ?? [];
    if (name === undefined || !flags.includes(name.replaceAll("_", "-"))) kept.push(args[i]!);
    else if (value === undefined) i++;
  }
  return kept;
}
