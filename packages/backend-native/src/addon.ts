import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { fail } from "@rsdix/internal";
import type { ProductAddon } from "./kernels/product";

/** What a process' addon runs on. */
export interface AddonInfo {
  /** Threads of the pool that products and kernels share. */
  threads: number;
  /** Instruction set of our kernels: "baseline", "avx2" or "avx512". */
  isa: string;
  /** OpenBLAS' version and build. */
  openblas: string;
  /** The processor whose kernels OpenBLAS runs. */
  core: string;
}

/** Functions that are no kernels. */
interface BaseAddon {
  configure(threads: number): AddonInfo;
  allocate(length: number): Float32Array;
}

/** The functions of the native addon, a group for each topic. */
export type Addon = BaseAddon & ProductAddon;

const require = createRequire(import.meta.url);

/** Where the addon may lie, in order: built here, or installed for this platform. */
function candidates(): string[] {
  const target = `${process.platform}-${process.arch}`;
  const chosen = process.env.RSDIX_NATIVE_BINARY;
  if (chosen) return [chosen];
  const built = fileURLToPath(new URL(`../build/${target}/rsdix.node`, import.meta.url));
  return [...(existsSync(built) ? [built] : []), `@rsdix/backend-native-${target}/rsdix.node`];
}

let loaded: Addon | undefined;

/** The addon; loaded once. */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const reasons: string[] = [];
  for (const candidate of candidates()) {
    try {
      loaded = require(candidate) as Addon;
      return loaded;
    } catch (error) {
      reasons.push(`${candidate}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  const target = `${process.platform}-${process.arch}`;
  return fail(
    "BACKEND_UNAVAILABLE",
    `The native backend has no binary for ${target} (Node ${process.version}). Run: npm install @rsdix/backend-native-${target}; or, with a C++ compiler, ` +
      `npx rsdix-backend-native build. Tried ${reasons.join("; ")}.`,
  );
}
