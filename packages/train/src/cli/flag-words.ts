import { fail, type RsdixError } from "@rsdix/internal";

/** What the library says of its options, and what it is called in a command. */
const WORDS: readonly (readonly [library: string, command: string])[] = [
  ['onError: "skip" leaves these out', "--skip-broken leaves these out"],
  ['Give the folder of the images, or "images" where they lie below it.', "Give the folder of the images with --imgs-dir."],
  ["Say where they are with images.", "Say where they are with --img-dirs."],
];

/** Waits for what opens data or a model; where it fails, its message names flags instead of the library's options. */
export async function inFlags<T>(opening: Promise<T>): Promise<T> {
  return opening.catch((error: RsdixError) => {
    if (error.name !== "RsdixError") throw error;
    const message = WORDS.reduce((text, [library, command]) => text.replace(library, command), error.message);
    return message === error.message ? Promise.reject(error) : fail(error.code, message, error);
  });
}
