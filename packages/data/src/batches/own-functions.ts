import type { RgbImage } from "@rsdix/image";
import { RsdixError, type RsdixErrorCode, show } from "@rsdix/internal";
import type { ImageContext, PreprocessFunction } from "./batch-types";

/** An image as the caller's function makes it. What it throws is named: a run ends by it, as all images have the same function. */
export async function preprocessOne(preprocess: PreprocessFunction, image: RgbImage, context: ImageContext): Promise<RgbImage> {
  const made: unknown = await callNamed(ofImage("preprocess", context), () => preprocess(image, context));
  const { width, height, data } = (made ?? {}) as Partial<RgbImage>;
  if (data instanceof Uint8Array && width! > 0 && height! > 0 && data.length === width! * height! * 3) return made as RgbImage;
  const size = data instanceof Uint8Array ? `${width} x ${height} with ${data.length} bytes` : show(made);
  return wrong(ofImage("preprocess", context), `it must give an RgbImage { width, height, data: Uint8Array of RGB }, got ${size}`);
}

/** A caption as the caller's function changes it. */
export async function changeCaption(
  augmentText: (caption: string, context: ImageContext) => string | Promise<string>,
  caption: string,
  context: ImageContext,
): Promise<string> {
  const text: unknown = await callNamed(ofImage("augmentText", context), () => augmentText(caption, context));
  return typeof text === "string" ? text : wrong(ofImage("augmentText", context), `it must give a text, got ${show(text)}`);
}

/** A batch's captions as the caller's function makes them. */
export async function tokenizeCaptions(
  tokenize: (captions: string[]) => unknown,
  captions: string[],
  { step, epoch }: { readonly step: number; readonly epoch: number },
): Promise<unknown> {
  return callNamed(`tokenize of step ${step} in epoch ${epoch}`, () => tokenize(captions));
}

async function callNamed<T>(what: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { message } = (cause ?? {}) as { message?: unknown };
    return wrong(what, typeof message === "string" ? message : show(cause), cause);
  }
}

function ofImage(name: string, { record, epoch }: ImageContext): string {
  return `${name} of "${record.filename}" in epoch ${epoch}`;
}

function wrong(what: string, message: string, cause?: unknown): never {
  const code: RsdixErrorCode = (cause as RsdixError | undefined)?.name === "RsdixError" ? (cause as RsdixError).code : "INVALID_ARGUMENT";
  throw new RsdixError(code, `${what} failed: ${message}`, { cause });
}
