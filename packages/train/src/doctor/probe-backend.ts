import { execFile } from "node:child_process";
import { fail } from "@rsdix/internal";
import { moduleUrl } from "./module-url";

/** What came of starting a backend. */
export interface BackendProbe {
  /** What was to be started. */
  readonly name: string;
  /** Whether it started, and one loss and its gradient were right; "missing" where a package is not installed. */
  readonly state: "works" | "missing" | "fails";
  /** What is wrong, and what to do. */
  readonly reason?: string;
  /** TensorFlow.js' name of what started. */
  readonly backend?: string;
  readonly device?: "cpu" | "gpu";
  readonly threads?: number;
  readonly adapter?: string;
}

/** The choices of Node, in the order in which "auto" tries them. */
export const BACKENDS: readonly string[] = ["tfjs-node-gpu", "native", "tfjs-node", "webgpu", "wasm", "cpu"];

/** A backend that takes so long never starts. */
const TIMEOUT_MS = 120_000;
const NOT_INSTALLED = "is not installed.";

/** Starts a backend and computes with it; its last line says what came of it. Libraries write to the same streams. */
const PROGRAM = `
const { startBackend, selfCheck } = await import(process.argv[1]);
const say = (said) => process.stdout.write("\\n" + JSON.stringify(said) + "\\n", () => process.exit(0));
try {
  const { name, device, threads, adapter } = await startBackend(process.argv[2]);
  await selfCheck();
  say({ backend: name, device, threads, adapter });
} catch (error) {
  say({ code: error.code, reason: String(error.message ?? error) });
}`;

/**
 * Starts a backend in a process of its own, and checks what it computes: two builds of TensorFlow don't fit into one process, and an addon for another
 * processor ends the process that loads it.
 */
export async function probeBackend(name: string, signal: AbortSignal): Promise<BackendProbe> {
  const args = ["--no-warnings", "--input-type=module", "-e", PROGRAM, moduleUrl("@rsdix/backend"), name];
  const { out, err, error } = await run(args, signal);
  if (signal.aborted) fail("ABORTED", `Looking at the backend "${name}" was stopped.`, signal.reason);
  const said = parse(out);
  if (said === undefined) return { name, state: "fails", reason: ended(error, err) };
  const { code, reason, ...info } = said;
  if (reason === undefined) return { name, state: "works", ...info };
  return { name, state: code === "MISSING_DEPENDENCY" && reason.includes(NOT_INSTALLED) ? "missing" : "fails", reason: oneLine(reason) };
}

type Ended = Error & { readonly killed?: boolean; readonly signal?: string | null; readonly code?: unknown };
type Said = Pick<BackendProbe, "reason" | "backend" | "device" | "threads" | "adapter"> & { readonly code?: string };

function run(args: readonly string[], signal: AbortSignal): Promise<{ out: string; err: string; error: Ended | null }> {
  return new Promise((resolve) => {
    const options = { signal, timeout: TIMEOUT_MS, killSignal: "SIGKILL" as const, windowsHide: true };
    execFile(process.execPath, args, options, (error, out, err) => resolve({ out, err, error: error as Ended | null }));
  });
}

function parse(out: string): Said | undefined {
  try {
    const said: unknown = JSON.parse(out.trim().split("\n").at(-1)!);
    return typeof said === "object" && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

/** What a process died of that said nothing itself. */
function ended(error: Ended | null, err: string): string {
  const last = err.trim().split("\n").at(-1);
  const how = error?.killed
    ? `did not start within ${TIMEOUT_MS / 1000} s`
    : error?.signal
      ? `ended its process with ${error.signal}, as code for another processor does`
      : `ended its process with ${String(error?.code ?? 0)}`;
  return oneLine(`It ${how}${last ? `: ${last}` : "."}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
