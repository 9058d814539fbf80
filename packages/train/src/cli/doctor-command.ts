import { availableParallelism, totalmem } from "node:os";
import { fail } from "@rsdix/internal";
import type { Command } from "commander";
import { findPackages, type OptionalPackage } from "../doctor/find-packages";
import { BACKENDS, type BackendProbe, probeBackend } from "../doctor/probe-backend";
import { isSupportedNode, SUPPORTED_NODE } from "../doctor/supported-node";
import type { CliSession } from "./session";
import { listOf } from "./values";

interface Flags {
  readonly backends: string[];
  readonly json?: boolean;
}

/** `doctor`: what this machine can compute with, and what it lacks. */
export function addDoctor(program: Command, session: CliSession): void {
  program
    .command("doctor")
    .description(
      "Says which TensorFlow.js backends work here, what is missing and how to get it: each is started in a process of its own, and computes a loss and its " +
        "gradient, which are compared with known values. Ends with 1 when none works.",
    )
    .option("--backends <names>", "which ones, and whether one of them works", listOf, [...BACKENDS])
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  $ rsdix doctor --backends native,wasm")
    .action((flags: Flags) => doctor(flags, session));
}

async function doctor({ backends: wanted, json }: Flags, session: CliSession): Promise<void> {
  const unknown = wanted.find((name) => !BACKENDS.includes(name));
  if (unknown !== undefined)
    fail("INVALID_ARGUMENT", `There is no backend ${JSON.stringify(unknown)} in Node. Known are ${BACKENDS.join(", ")}.`);
  const backends: BackendProbe[] = [];
  for (const name of wanted) {
    session.progress(`starting ${name}`);
    backends.push(await probeBackend(name, session.signal));
  }
  const all = BACKENDS.every((name) => wanted.includes(name));
  const auto = all ? (await probeBackend("auto", session.signal)).backend : undefined;
  const packages = await findPackages();
  const node = { version: process.versions.node, supported: isSupportedNode(process.versions.node) };
  const machine = { platform: process.platform, arch: process.arch, processors: availableParallelism(), memory: totalmem() };
  const said = { node, machine, backends, ...(auto !== undefined && { auto }), packages };
  session.print(json ? JSON.stringify(said, null, 2) : textOf(said));
  if (!backends.some(({ state }) => state === "works"))
    fail("BACKEND_UNAVAILABLE", `None of ${wanted.join(", ")} works here; above is why. With nothing else: npm install @tensorflow/tfjs`);
}

interface Said {
  readonly node: { readonly version: string; readonly supported: boolean };
  readonly machine: { readonly platform: string; readonly arch: string; readonly processors: number; readonly memory: number };
  readonly backends: readonly BackendProbe[];
  /** What "auto" takes. */
  readonly auto?: string;
  readonly packages: readonly OptionalPackage[];
}

function textOf({ node, machine, backends, auto, packages }: Said): string {
  const { platform, arch, processors, memory } = machine;
  const gibibytes = Math.round(memory / 2 ** 30);
  return [
    `Node ${node.version}${node.supported ? "" : `, which is not supported: ${SUPPORTED_NODE} is needed`}; ${platform} ${arch}, ${processors} processors, ${gibibytes} GiB`,
    "",
    `Backends${auto === undefined ? "" : `, in the order in which "auto" tries them; it takes ${auto}`}:`,
    ...columns(backends.map((probe) => [probe.name, probe.state, probe.reason ?? workOf(probe)])),
    "",
    "Optional packages:",
    ...columns(
      packages.map(({ name, version, use }) => [name, version ?? "missing", version === undefined ? `${use}: npm install ${name}` : use]),
    ),
  ].join("\n");
}

function workOf({ device, threads, adapter }: BackendProbe): string {
  const parts = [device, threads === undefined ? undefined : `${threads} ${threads === 1 ? "thread" : "threads"}`, adapter];
  return [...parts.filter(Boolean), "loss and gradient are right"].join(", ");
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`);
}
