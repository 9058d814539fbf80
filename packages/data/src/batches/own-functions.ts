import type { RgbImage } from "@rsdix/image";
import { RsdixError, type RsdixErrorCode, show } from "@rsdix/internal";
import type { ImageContext, PreprocessFunction } from "./batch-types";

/** An image as the caller's function makes it. What it throws is named: a run ends by it, as all images have the same function. */
export async function preprocessOne(preprocess: PreprocessFunction, image: RgbImage, context: ImageContext): Promise<RgbImage> {
  const made: unknown = await callNamed("preprocess", context, () => preprocess(image, context));
  const { width, height, data } = (made ?? {}) as Partial<RgbImage>;
  if (data instanceof Uint8Array && width! > 0 && height! > 0 && data.length === width! * height! * 3) return made as RgbImage;
  const size = data instanceof Uint8Array ? `${width} x ${height} with ${data.length} bytes` : show(made);
  return wrong("preprocess", context, `it must give an RgbImage { width, height, data: Uint8Array of RGB }, got ${size}`);
}

/** A caption as the caller's function changes it. */
export async function changeCaption(
  augmentText: (caption: string, context: ImageContext) => string | Promise<string>,
  caption: string,
  context: ImageContext,
): Promise<string> {
  const text: unknown = await callNamed("augmentText", context, () => augmentText(caption, context));
  return typeof text === "string" ? text : wrong("augmentText", context, `it must give a text, got ${show(text)}`);
}

async function callNamed<T>(name: string, context: ImageContext, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const { message } = (cause ?? {}) as { message?: unknown };
    return wrong(name, context, typeof message === "string" ? message : show(cause), cause);
  }
}

function wrong(name: string, { record, epoch }: ImageContext, message: string, cause?: unknown): never {
  const code: RsdixErrorCode = (cause as RsdixError | undefined)?.name === "RsdixError" ? (cause as RsdixError).code : "INVALID_ARGUMENT";
  throw new RsdixError(code, `${name} of "${record.filename}" in epoch ${epoch} failed: ${message}`, { cause });
}
