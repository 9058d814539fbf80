import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fail } from "@rsdix/internal";

/** OpenBLAS, as it is built, has room for so many callers at once. */
const MOST_THREADS = 64;

/** Threads for the pool: `RSDIX_THREADS`, or one a physical core, since two on one core share its multipliers. */
export function defaultThreads(): number {
  const asked = process.env.RSDIX_THREADS;
  if (asked === undefined || asked === "") return Math.max(1, Math.min(availableParallelism(), physicalCores(), MOST_THREADS));
  const threads = Number(asked);
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    fail("INVALID_ARGUMENT", `RSDIX_THREADS must be a whole number from 1 to ${MOST_THREADS}, got "${asked}".`);
  }
  return threads;
}

/** Cores that aren't another one's second thread; on systems that don't tell, all of them. */
function physicalCores(): number {
  if (process.platform !== "linux") return availableParallelism();
  const cores = new Set<string>();
  try {
    for (let cpu = 0; ; cpu++) {
      const siblings = `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`;
      cores.add(readFileSync(siblings, "utf8").trim());
    }
  } catch {
    return cores.size || availableParallelism(); // past the last processor
  }
}
