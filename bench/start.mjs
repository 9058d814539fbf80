// A suite as a process of its own, in a group of processes with all that it starts, and with a temporary folder of its own, so that nothing of it is left when
// it's ended.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { scratchFolder } from "../scripts/lib/scratch-folder.mjs";

/** What a suite prints when it has measured something: both sides, and their ratio. */
const ROW = /\bagainst\b.*\bratio\b/;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a script to its end, or for `limit` seconds. A signal that this process gets ends the group and then this process; its end is the group's, too.
 *
 * @returns `{ status, rows }`: the exit code, or "late" where it was ended, and how many rows it had printed
 */
export function startSuite(script, args, limit = Infinity) {
  return new Promise((resolve) => {
    const hasGroups = process.platform !== "win32";
    const folder = scratchFolder("rsdix-bench-");
    const env = { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder };
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "inherit"], detached: hasGroups, env });
    const told = { status: undefined, rows: 0 };
    createInterface({ input: child.stdout }).on("line", (line) => {
      console.log(line);
      if (ROW.test(line)) told.rows++;
    });
    const end = () => {
      try {
        if (hasGroups) process.kill(-child.pid, "SIGKILL");
        else child.kill();
      } catch (error) {
        if (error.code !== "ESRCH") throw error; // it has just ended by itself
      }
    };
    const cutOff = () => {
      told.status = "late";
      end();
    };
    const timer = limit === Infinity ? undefined : setTimeout(cutOff, limit * 1000);
    const stop = (signal) => {
      end();
      process.exit(128 + constants.signals[signal]);
    };
    for (const signal of SIGNALS) process.once(signal, stop);
    process.once("exit", end); // nobody reads what it shows, for one
    child.on("close", (code) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, stop);
      process.off("exit", end);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      resolve({ ...told, status: told.status ?? code ?? 1 });
    });
  });
}
