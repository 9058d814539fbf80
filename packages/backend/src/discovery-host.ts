import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Gpu } from "./discovery-adapter";
import { mayHaveVulkan, type VulkanHost } from "./discovery-vulkan";

/** The packages that bring a backend; all of them optional, and imported only when their turn comes. */
export type BackendPackage =
  | "@rsdix/backend-native"
  | "@tensorflow/tfjs-backend-wasm"
  | "@tensorflow/tfjs-backend-webgpu"
  | "@tensorflow/tfjs-node"
  | "@tensorflow/tfjs-node-gpu"
  | "webgpu";

/** What the search for a backend sees of the machine; tests hand in machines of their own. */
export interface Host {
  /** Node's version, for example "20.11.0"; undefined in a browser. */
  readonly node: string | undefined;
  /** Imports a package, and rejects as `import` does. */
  load(name: BackendPackage): Promise<unknown>;
  /** The browser's `navigator.gpu`. */
  gpu(): Gpu | undefined;
  /** In Node: false where WebGPU certainly finds no driver. */
  mayHaveVulkan(): Promise<boolean>;
}

/** The machine this runs on. */
export function thisHost(): Host {
  return {
    node: tf.env().getBool("IS_NODE") ? process.versions.node : undefined,
    load: importPackage,
    gpu: () => (globalThis.navigator as { gpu?: Gpu } | undefined)?.gpu,
    mayHaveVulkan: async () => mayHaveVulkan(await vulkanHost()),
  };
}

async function vulkanHost(): Promise<VulkanHost> {
  const module = "node:fs"; // a variable, and ignored: no bundler for browsers may see it
  const { readdirSync } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ module)) as typeof import("node:fs");
  return {
    platform: process.platform,
    env: process.env,
    list: (folder) => {
      try {
        return readdirSync(folder);
      } catch {
        return [];
      }
    },
    open: (library) => process.dlopen({ exports: {} }, library),
  };
}

async function importPackage(name: BackendPackage): Promise<unknown> {
  // Imports by a plain name are what bundlers follow, and inside `try` they only warn when an optional package is absent.
  try {
    switch (name) {
      case "@tensorflow/tfjs-backend-wasm":
        return await import("@tensorflow/tfjs-backend-wasm");
      case "@tensorflow/tfjs-backend-webgpu":
        return await import("@tensorflow/tfjs-backend-webgpu");
      default:
        return await import(/* webpackIgnore: true */ /* @vite-ignore */ name); // for Node only: no bundler may see these
    }
  } catch (error) {
    throw error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Imports an optional package; when that fails, the error says in one line what to do.
 *
 * @param repair How to mend a package that is installed but does not load, as a sentence.
 * @param install What to install when it is not.
 */
export async function loadPackage<T>(host: Host, name: BackendPackage, repair = "", install: string = name): Promise<T> {
  try {
    return (await host.load(name)) as T;
  } catch (error) {
    if (isMissing(error, name)) fail("MISSING_DEPENDENCY", `${name} is not installed. Run: npm install ${install}`, error);
    return fail("MISSING_DEPENDENCY", `${name} is installed but does not load: ${firstSentence(error)}${repair && ` ${repair}`}`, error);
  }
}

/** True when the package itself was not found, as Node, browsers and bundlers say it; not when something inside it was not. */
function isMissing(error: unknown, name: string): boolean {
  const message = oneLine(error);
  return (
    message.includes(`"${name}"`) || message.includes(`'${name}'`) || message.includes(`url ${name} `) // Vite's "Failed to load url x (resolved id ...)"
  );
}

/** An error's message on one line, which a reason is; a long one is cut. */
export function oneLine(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
  return message.length > 500 ? `${message.slice(0, 500)} ...` : message;
}

/** Its first sentence: further ones are advice, which is given here. */
function firstSentence(error: unknown): string {
  return /^.+?[.!?](?= [A-Z])/.exec(oneLine(error))?.[0] ?? sentence(error);
}

/** An error's message on one line, ended so that a sentence can follow. */
export function sentence(error: unknown): string {
  const line = oneLine(error);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
