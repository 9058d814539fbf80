import { fail } from "@rsdix/internal";

/**
 * A configuration that was read from a file, after a look that its sizes fit together: where they don't, it is the file that is wrong.
 *
 * @throws FILE_CORRUPT with what the configuration's own check says.
 */
export function refitted<T>(what: string, check: (config: T) => unknown, config: T): T {
  try {
    check(config);
  } catch (error) {
    fail("FILE_CORRUPT", `${what} can't be used: ${(error as Error).message}`, error);
  }
  return config;
}
