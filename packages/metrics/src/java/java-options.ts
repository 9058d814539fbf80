import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkRange, fail } from "@rsdix/internal";
import { checkProgressOptions, type ProgressOptions } from "../progress";

/** Options of all that runs in Java. */
export interface JavaOptions extends ProgressOptions {
  /** Path of the program's jar file; the environment may name it instead. */
  readonly jar?: string | undefined;
  /** The Java program: a path, or a name to look for; by default that of RSDIX_JAVA or JAVA_HOME, else "java". */
  readonly java?: string | undefined;
  /** The most memory that Java takes for its objects, in MB: at least 16. */
  readonly memoryMB?: number | undefined;
  /** After how many milliseconds to give up; without it there is no end to waiting. */
  readonly timeoutMs?: number | undefined;
}

/** The options that {@link findProgram} reads. */
export const JAVA_OPTIONS = ["jar", "java", "memoryMB", "timeoutMs", "onProgress", "signal"] as const;

/** A jar to run, and how. */
export interface JavaProgram {
  /** The function that a user called, for messages. */
  readonly where: string;
  readonly jar: string;
  readonly java: string;
  readonly memoryMB: number;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a function needs: the variable of the environment that may name its jar, where to get that, and its memory by default. */
export interface JavaNeeds {
  readonly where: string;
  readonly variable: string;
  readonly hint: string;
  readonly memoryMB: number;
}

/** Above this setTimeout fires at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Checks the options and finds the jar and Java's program. Whether that is there, only starting it can tell. */
export function findProgram(options: JavaOptions, { where, variable, hint, memoryMB: usual }: JavaNeeds): JavaProgram {
  const { memoryMB = usual, timeoutMs, signal } = options;
  checkProgressOptions(options);
  checkRange(memoryMB, "memoryMB", { min: 16, max: 2 ** 20, integer: true });
  if (timeoutMs !== undefined) checkRange(timeoutMs, "timeoutMs", { min: 1, max: LONGEST_TIMEOUT });
  checkPath(options.jar, "jar");
  checkPath(options.java, "java");
  const { [variable]: named, RSDIX_JAVA, JAVA_HOME } = process.env;
  const given = options.jar ?? (named || undefined);
  if (given === undefined) {
    fail("MISSING_DEPENDENCY", `${where} runs the original program, which isn't part of this package. ${hint}`);
  }
  const java = options.java ?? (RSDIX_JAVA || (JAVA_HOME ? join(JAVA_HOME, "bin", "java") : "java"));
  return { where, jar: existingFile(given, "The jar", hint), java, memoryMB, timeoutMs, signal };
}

/** The path made absolute, so that it can't be taken for an option. */
export function existingFile(path: string, what: string, hint: string): string {
  const absolute = resolve(path);
  const there = statSync(absolute, { throwIfNoEntry: false });
  if (!there) fail("FILE_NOT_FOUND", `${what} ${absolute} isn't there. ${hint}`);
  if (!there.isFile()) fail("FILE_NOT_FOUND", `${what} ${absolute} is ${there.isDirectory() ? "a folder" : "no file"}. ${hint}`);
  return absolute;
}

/** As {@link existingFile}, of a folder. */
export function existingFolder(path: string, what: string, hint: string): string {
  const absolute = resolve(path);
  if (!statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) fail("FILE_NOT_FOUND", `${what} ${absolute} isn't a folder. ${hint}`);
  return absolute;
}

/** Throws unless an option is a path, or absent. */
export function checkPath(path: unknown, name: string): void {
  if (path === undefined || (typeof path === "string" && path !== "" && !path.includes("\0"))) return;
  fail("INVALID_ARGUMENT", `${name} must be a path, got ${typeof path === "string" ? JSON.stringify(path) : typeof path}.`);
}
