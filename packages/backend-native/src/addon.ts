import { createRequire } from "node:module";
import { fail } from "@rsdix/internal";
import { ADDON_FUNCTIONS } from "./addon-functions";
import { binaries, fileProblem, TARGET } from "./binary";
import type { FusedAddon } from "./kernels/fused";
import type { GeneralAddon } from "./kernels/general";
import type { LinearAddon } from "./kernels/linear";
import type { ProductAddon } from "./kernels/product";

/** The number in csrc/addon.cc, raised when a function's arguments change: a binary of another one would be called wrongly. */
const ABI = 1;

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
  abi: number;
  configure(threads: number): AddonInfo;
}

/** The functions of the native addon, a group for each topic. */
export type Addon = BaseAddon & FusedAddon & GeneralAddon & LinearAddon & ProductAddon;

const require = createRequire(import.meta.url);

let loaded: Addon | undefined;

/** The addon; loaded once. The error of one that is missing or wrong says in one line what was tried and how to get it. */
export function loadAddon(): Addon {
  if (loaded) return loaded;
  const reasons: string[] = [];
  for (const path of binaries()) {
    const addon = tryLoading(path);
    if (typeof addon !== "string") {
      loaded = addon;
      return loaded;
    }
    reasons.push(addon);
  }
  const which = reasons.length > 0 ? "No usable" : "There is no";
  const tried = reasons.length > 0 ? ` Tried ${reasons.join("; ")}.` : "";
  return fail(
    "BACKEND_UNAVAILABLE",
    `${which} native binary for ${TARGET}: npm install @rsdix/backend-native-${TARGET} brings one, npx rsdix-backend-native build makes one ` +
      `with a C++ compiler.${tried}`,
  );
}

/** The addon, or why it can't be used. */
function tryLoading(path: string): Addon | string {
  try {
    const wrong = fileProblem(path);
    if (wrong) return `${path}: ${wrong}`;
    const found = require(path) as Partial<Addon>;
    const problem = addonProblem(found);
    return problem ? `${path}: ${problem}` : (found as Addon);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split(/\r?\n/);
    return `${path}: ${line?.replace(`${path}: `, "")}`;
  }
}

/** What is wrong with a module that loaded as the addon: another program's, or of another version of this package. */
export function addonProblem(found: Partial<Addon>): string | undefined {
  if (typeof found?.configure !== "function") return "another program's addon";
  if (found.abi !== ABI) return `of another version: its interface is ${found.abi ?? "unnumbered"}, not ${ABI}`;
  const missing = ADDON_FUNCTIONS.filter((name) => typeof found[name] !== "function");
  return missing.length > 0 ? `of another version: it lacks ${missing.join(", ")}` : undefined;
}
