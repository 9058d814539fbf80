import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";

/** A folder of one test, with a program that takes Java's place: a script of Node. */
interface FakeJava {
  readonly folder: string;
  /** Paths for the options. */
  readonly java: string;
  readonly jar: string;
  /** What the program noted of its call. */
  called(): { args: string[]; options: string; pid: number };
  /** What it appended by `note`. */
  noted(): string[];
}

/** Makes the program; `body` may use `args`, `fs`, `note(text)`, `lines(handle)` and `fail(message, code)`. */
export function fakeJava(body: string): FakeJava {
  const folder = scratchFolder();
  const [java, jar, call, notes] = ["java", "program 1.jar", "call.json", "notes"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(jar, "");
  writeFileSync(notes, "");
  mkdirSync(join(folder, "lib"));
  writeFileSync(
    java,
    `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2);
const note = (text) => fs.appendFileSync(${JSON.stringify(notes)}, JSON.stringify(text) + "\\n");
const lines = (handle) => require("node:readline").createInterface({ input: process.stdin }).on("line", handle);
const fail = (message, code = 1) => { fs.writeSync(2, message); process.exit(code); };
fs.writeFileSync(${JSON.stringify(call)} + ".part", JSON.stringify({ args, options: process.env.JDK_JAVA_OPTIONS, pid: process.pid }));
fs.renameSync(${JSON.stringify(call)} + ".part", ${JSON.stringify(call)});
${body}
`,
  );
  chmodSync(java, 0o755);
  return {
    ...{ folder, java, jar },
    called: () => JSON.parse(readFileSync(call, "utf8")),
    noted: () =>
      readFileSync(notes, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

/** What `call` gives when `timeoutMs` is over: at once when the program is where `isThere` says, however long it took to start. */
export async function timedOut<T>(call: () => Promise<T>, timeoutMs: number, isThere: () => boolean): Promise<T> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const result = call();
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    result.then(over, over);
    while (!isThere() && !isOver) await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(timeoutMs);
    return result;
  } finally {
    vi.useRealTimers();
  }
}

/** Whether a process is there; what has ended and was waited for is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
