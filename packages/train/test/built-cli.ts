import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { CliRun } from "../../../test/run-in-process";
import { withoutProgress } from "./run-cli";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * The command as a program, or another file of this package, for tests that begin it as a process; `remove` takes it away. Of the sources, so that no test runs
 * on a stale build.
 */
export async function buildCli(
  name: string,
  source = new URL("../src/cli.ts", import.meta.url),
): Promise<{ program: string; remove: () => Promise<void> }> {
  const place = join(root, `packages/train/node_modules/.cache/rsdix-${name}-${process.pid}`); // where its own imports are found
  const program = join(place, "bin/cli.mjs");
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "package.json"), '{ "version": "1.2.3" }');
  await build({
    entryPoints: [fileURLToPath(source)],
    ...{ bundle: true, outfile: program, format: "esm", platform: "node", target: "node20", packages: "external", logLevel: "error" },
    tsconfig: join(root, "tsconfig.json"),
  });
  return { program, remove: () => rm(place, { recursive: true, force: true }) };
}

/** Runs such a program in a process of its own, which may begin others; `err` is without progress, as {@link withoutProgress} has it. */
export function runProgram(program: string, args: readonly string[]): Promise<CliRun> {
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], (error, out, err) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, out, err: withoutProgress(err) }),
    ),
  );
}
