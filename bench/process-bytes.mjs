import { readFileSync } from "node:fs";

/**
 * Bytes that this process has held at most and holds now. On Linux as the system has them of the program alone: `resourceUsage().maxRSS` counts what the
 * process that started it held at that moment, too.
 */
export function processBytes() {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const read = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) * 1024;
    return { peak: read("VmHWM"), now: read("VmRSS") };
  } catch {
    return { peak: process.resourceUsage().maxRSS * 1024, now: process.memoryUsage.rss() };
  }
}
