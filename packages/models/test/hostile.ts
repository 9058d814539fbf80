import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect } from "vitest";
import { afterFile } from "../../../test/cleanup";
import { scratchFolder } from "../../../test/scratch-folder";
import type { Answer, Reader, Request } from "./hostile-process";

/** A second and 100 MB are the promise. The second is of the processor. */
const MAX_SECONDS = 1;
const MAX_BYTES = 100_000_000;
/** Garbage is collected when it is due, whatever else a busy machine has to do. */
const FLAGS = ["--single-threaded-gc"];
/** A process that ever took more opens no further file: what it freed would be counted for the next. */
const REUSED_BELOW = 20_000_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));
let folder: Promise<string> | undefined;
let child: ChildProcess | undefined;

/** Ends what the file's tests used; those of the next begin anew. */
function end(): void {
  child?.kill();
  [child, folder] = [undefined, undefined];
}

/** The program as one file: a process of Node alone starts in a tenth of a second. */
async function program(): Promise<string> {
  const made = scratchFolder("file");
  afterFile(end);
  const entryPoints = [fileURLToPath(new URL("./hostile-process.ts", import.meta.url))];
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  const output = { bundle: true, platform: "node", format: "esm", outfile: join(made, "process.mjs"), banner } as const;
  await build({ entryPoints, ...output, tsconfig: join(root, "tsconfig.json"), logLevel: "error" });
  return made;
}

/** Opens a file in a process of its own, or of small files that were opened before; `size` is what it claims to have. */
export async function open(reader: Reader, content: Uint8Array | string, size?: number): Promise<Answer> {
  folder ??= program();
  const path = join(await folder, "file");
  await writeFile(path, content);
  if (child?.connected !== true) child = fork(join(await folder, "process.mjs"), { execArgv: FLAGS });
  const asked = child;
  const answered = new AbortController();
  const ended = once(asked, "exit", { signal: answered.signal }).then(([code, signal]) => {
    throw new Error(`The process that opened the file ended with ${code ?? signal}.`);
  });
  ended.catch(() => {}); // nobody waits for it when the answer is there
  asked.send({ reader, path, size } satisfies Request);
  const [answer] = (await Promise.race([once(asked, "message"), ended])) as [Answer];
  answered.abort();
  if (answer.peakBytes > REUSED_BELOW) {
    asked.kill();
    child = undefined;
  }
  return answer;
}

/** Fails unless a file is refused by an error of this code, fast and within bounds at its peak. What else a machine does only adds: the least counts. */
export async function expectRefusedWithinBounds(reader: Reader, content: Uint8Array | string, code: string, size?: number): Promise<void> {
  let { error, seconds, peakBytes } = await open(reader, content, size);
  for (let again = 0; again < 2 && seconds >= MAX_SECONDS; again++)
    seconds = Math.min(seconds, (await open(reader, content, size)).seconds);
  expect(error).toMatchObject({ name: "RsdixError", code });
  expect(seconds).toBeLessThan(MAX_SECONDS);
  expect(peakBytes).toBeLessThan(MAX_BYTES);
}
