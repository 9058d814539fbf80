// A suite as a process of its own, in a group of processes with all that it starts, and with a temporary folder of its own, so that nothing of it is left
// when it's ended: neither its processes nor their files, which nothing that is killed removes.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { removeFolder } from "../scripts/lib/remove-folder.mjs";

/** What a suite prints when it has measured something: both sides, and their ratio. */
const ROW = /\bagainst\b.*\bratio\b/;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a script to its end, or for `limit` seconds. A signal that this process gets ends the group and then this process; its end is the group's, too.
 * The temporary folder that the script and what it starts are given goes with them.
 *
 * @returns `{ status, rows }`: the exit code, or "late" where it was ended, and how many rows it had printed
 */
export function startSuite(script, args, limit = Infinity) {
  return new Promise((resolve) => {
    const hasGroups = process.platform !== "win32";
    const folder = mkdtempSync(join(tmpdir(), "rsdix-suite-"));
    const env = { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder }; // the latter two for Windows
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
    const leave = () => {
      end();
      remove(folder);
    };
    const stop = (signal) => process.exit(128 + constants.signals[signal]);
    for (const signal of SIGNALS) process.once(signal, stop);
    process.once("exit", leave); // at a signal, or where nobody reads what it shows
    child.on("close", (code) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, stop);
      process.off("exit", leave);
      remove(folder);
      resolve({ ...told, status: told.status ?? code ?? 1 });
    });
  });
}

/** What has just been killed may be at its last file, and on Windows what a suite started may hold one: what can't be removed is said, and left. */
function remove(folder) {
  try {
    removeFolder(folder);
  } catch ({ message }) {
    console.error(`The suite's temporary folder is left: ${message}`);
  }
}
