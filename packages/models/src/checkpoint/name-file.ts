import { fail, type RsdixError } from "@rsdix/internal";
import type { LazyCheckpoint, LazyTensor } from "./lazy-checkpoint";

/** Reads something of a file; where the file is what is wrong, the error begins with its name. */
export async function nameFile<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code, message } = error as RsdixError;
    if ((code !== "FILE_CORRUPT" && code !== "FILE_TOO_LARGE") || message.includes(file)) throw error;
    return fail(code, `${file}: ${message}`, error);
  }
}

/** The same for the arrays of a file, which are read later. */
export function nameFileOf(file: string, tensors: LazyCheckpoint): LazyCheckpoint {
  const named = ({ dtype, shape, ...tensor }: LazyTensor): LazyTensor => ({
    dtype,
    shape,
    read: () => nameFile(file, () => tensor.read()),
  });
  return new Map([...tensors].map(([name, tensor]) => [name, named(tensor)]));
}
