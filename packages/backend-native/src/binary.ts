import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** "linux-x64" and the like: what prebuilt packages and build folders are named after. */
export const TARGET = `${process.platform}-${process.arch}`;

const require = createRequire(import.meta.url);

/** Where `rsdix-backend-native build` leaves the addon, whether it is there or not. */
export function builtBinary(): string {
  return fileURLToPath(new URL(`../build/${TARGET}/rsdix.node`, import.meta.url));
}

/** The addons that are there, in the order in which they are tried: the one that RSDIX_NATIVE_BINARY names alone, or built here, then installed. */
export function binaries(): string[] {
  const chosen = process.env.RSDIX_NATIVE_BINARY;
  if (chosen) return [resolve(chosen)];
  return [builtBinary(), installedBinary()].filter((path) => path !== undefined && existsSync(path)) as string[];
}

function installedBinary(): string | undefined {
  try {
    return require.resolve(`@rsdix/backend-native-${TARGET}/rsdix.node`);
  } catch {
    return undefined;
  }
}

/** Processors by their number in an ELF header. */
const MACHINES: Record<number, string> = { 3: "ia32", 40: "arm", 62: "x64", 183: "arm64" };

/**
 * What is wrong with an addon's files before they are loaded. Linux maps a library without looking at its length: one that is cut off, by a full
 * disk or a broken copy, would end the process with a signal. The loaders of macOS and Windows check that themselves.
 */
export function fileProblem(path: string): string | undefined {
  if (!existsSync(path)) return "no such file";
  if (extname(path) !== ".node" || !statSync(path).isFile()) return "no file whose name ends in .node";
  if (process.platform === "win32") {
    const found = readdirSync(dirname(path)).some((file) => file.endsWith(".dll")); // Windows says that something is missing, not what
    return found ? undefined : "scipy_openblas.dll is not beside it";
  }
  if (process.platform !== "linux") return undefined;
  const library = join(dirname(path), "libscipy_openblas.so");
  const behind = existsSync(library) ? elfProblem(library) : undefined;
  return elfProblem(path) ?? (behind && `${basename(library)} beside it is ${behind}`);
}

/** The header's fields lie at fixed places; the table of sections ends a file that is whole. */
function elfProblem(path: string): string | undefined {
  const file = openSync(path, "r");
  try {
    const header = Buffer.alloc(64);
    const read = readSync(file, header, 0, header.length, 0);
    if (header.readUInt32BE(0) !== 0x7f454c46) return "not a Linux library";
    const machine = header.readUInt16LE(18);
    if (read === header.length && MACHINES[machine] !== process.arch) return `built for ${MACHINES[machine] ?? `machine ${machine}`}`;
    const whole = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
    const { size } = fstatSync(file);
    return read < header.length || size < whole ? `cut off after ${size} bytes` : undefined;
  } finally {
    closeSync(file);
  }
}
