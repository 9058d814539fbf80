import { type ChildProcess, spawn } from "node:child_process";

/**
 * What the watching process runs: it is told of processes and groups on its input, one a line, and kills those that are left when its input ends, which it
 * does with the process that holds the other end, however that was ended.
 */
const WATCH = `
const left = new Set();
require("node:readline").createInterface({ input: process.stdin })
  .on("line", (line) => (line[0] === "+" ? left.add(Number(line.slice(1))) : left.delete(Number(line.slice(1)))))
  .on("close", () => {
    for (const id of left) try { process.kill(id, "SIGKILL"); } catch {}
  });
`;

let watching: ChildProcess | undefined;
const told = new Set<number>();

/**
 * Has a process, or a group of processes (its number below 0), killed when this process is gone, be it by SIGKILL, which nothing in this process sees.
 *
 * @returns what ends the watch: the process has ended.
 */
export function endWithUs(id: number): () => void {
  told.add(id);
  if (watching) say(`+${id}`);
  else watching = begin();
  return () => {
    told.delete(id);
    say(`-${id}`);
  };
}

function say(line: string): void {
  watching?.stdin?.write(`${line}\n`);
}

/** The watching process, in a session of its own: Ctrl-C in the terminal is not meant for it. */
function begin(): ChildProcess {
  const child = spawn(process.execPath, ["-e", WATCH], { stdio: ["pipe", "ignore", "ignore"], detached: true, windowsHide: true });
  const forget = () => {
    if (watching === child) watching = undefined; // the next one is told of all
  };
  child.once("error", forget).once("exit", forget);
  child.stdin.on("error", forget);
  // Neither keeps this process from ending.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin.write([...told].map((id) => `+${id}\n`).join(""));
  return child;
}
