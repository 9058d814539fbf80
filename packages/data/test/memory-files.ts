import { fail } from "@rsdix/internal";
import type { FileStore } from "../src/files/file-store";

/** Files in memory, for tests: texts are UTF-8. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>, name = "memory"): FileStore {
  const names = Object.keys(files).sort();
  return {
    name,
    names: async () => names,
    read: async (file, { maxBytes = Number.POSITIVE_INFINITY } = {}) => {
      const content = files[file] ?? fail("FILE_NOT_FOUND", `There is no file "${file}" in ${name}.`);
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      if (bytes.length > maxBytes) fail("FILE_TOO_LARGE", `"${file}" in ${name} has ${bytes.length} bytes, more than ${maxBytes}.`);
      return bytes;
    },
    close: async () => undefined,
  };
}
