import { fail, show } from "@rsdix/internal";

/** Throws INVALID_ARGUMENT unless an option is a function, or absent. */
export function checkFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== "function") fail("INVALID_ARGUMENT", `${name} must be a function, got ${show(value)}.`);
}

/** Throws INVALID_ARGUMENT unless options are functions, or absent. */
export function checkFunctions(functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) checkFunction(value, name);
}

/** Throws INVALID_ARGUMENT unless it is said that a fault throws, or that what has it is left out. */
export function checkOnError(onError: unknown): void {
  if (onError !== "throw" && onError !== "skip") fail("INVALID_ARGUMENT", `onError must be "throw" or "skip", got ${show(onError)}.`);
}

/** Throws INVALID_ARGUMENT unless the content of a file came as text. */
export function checkText(text: unknown, caller: string): void {
  if (typeof text !== "string") fail("INVALID_ARGUMENT", `${caller} takes the file's text, got ${show(text)}.`);
}

/** Throws INVALID_ARGUMENT unless a value has the form of a data set: a list of images, each with its file's name and its captions. */
export function checkForm(dataset: unknown, caller: string): void {
  const { images } = (dataset ?? {}) as { images?: unknown };
  if (!Array.isArray(images)) {
    const hint = dataset instanceof Promise ? " Await it first." : "";
    fail("INVALID_ARGUMENT", `${caller} takes a data set, an object with a list of images, got ${show(dataset)}.${hint}`);
  }
  images.forEach((image: unknown, i) => {
    const { filename, sentences } = (image ?? {}) as { filename?: unknown; sentences?: unknown };
    if (typeof filename !== "string") {
      fail(
        "INVALID_ARGUMENT",
        `${caller}: images[${i}] must be a record with its filename, got ${image ? `${show(filename)} for it` : show(image)}.`,
      );
    }
    if (!Array.isArray(sentences) || !sentences.every((sentence) => typeof sentence === "object" && sentence)) {
      fail("INVALID_ARGUMENT", `${caller}: images[${i}].sentences must be a list of { raw }, got ${show(sentences)}.`);
    }
  });
}
