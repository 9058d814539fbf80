import { encodeJpeg, encodePng } from "@rsdix/image/node";
import { expect } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { loadModels, type Models } from "../src/load-models";
import { type Running, startServer } from "../src/server";
import { DEFAULTS, type Settings } from "../src/settings";
import { saveTinyModels } from "./tiny-models";

/** Tiny models, saved and loaded as a user's are. */
export async function tinyModels(): Promise<Models> {
  return loadModels({ model: await saveTinyModels(scratchFolder("file")) });
}

/** Serves for as long as `body` takes. */
export async function serving<T>(
  models: Models,
  settings: Partial<Settings>,
  body: (url: string, server: Running) => Promise<T>,
): Promise<T> {
  const server = await startServer(models, { ...DEFAULTS, ...settings }, { host: "127.0.0.1", port: 0 });
  try {
    return await body(server.url, server);
  } finally {
    await server.stop(5000);
  }
}

/** An image that differs from the others of other seeds. */
export function image(seed: number, width = 20, height = 18) {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => (((i % 3) + 1) * seed * 61 + (i % (seed + 7)) * 5) % 256),
  };
}

/** The same as a file. */
export const png = (seed: number, width?: number, height?: number) => encodePng(image(seed, width, height));
export const jpeg = (seed: number, width?: number, height?: number) => encodeJpeg(image(seed, width, height));

/** A form of files and options. */
export function form(files: readonly Uint8Array[], options: Record<string, string> = {}): FormData {
  const made = new FormData();
  for (const [i, bytes] of files.entries()) made.append("image", new File([bytes as BlobPart], `${i}.png`));
  for (const [name, value] of Object.entries(options)) made.append(name, value);
  return made;
}

/** An answer, with its body as JSON. */
export async function answer(url: string, init: RequestInit = {}): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json(), headers: response.headers };
}

export const postForm = (url: string, files: readonly Uint8Array[], options?: Record<string, string>) =>
  answer(url, { method: "POST", body: form(files, options) });

export const postJson = (url: string, json: unknown) =>
  answer(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) });

export const postBytes = (url: string, bytes: Uint8Array, type = "image/png") =>
  answer(url, { method: "POST", headers: { "content-type": type }, body: bytes as BodyInit });

/** The value of a line of /metrics. */
export async function metric(url: string, line: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

/** What a refused request is answered. */
export const refusal = (status: number, code: string, message: RegExp) =>
  expect.objectContaining({ status, body: { error: { code, message: expect.stringMatching(message) } } });
