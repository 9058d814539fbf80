import type { DownloadProgress } from "./model-files";

/** Adds up what all files of a model have of their bytes, and tells. */
export function progressOf(onProgress: ((progress: DownloadProgress) => void) | undefined) {
  const files = new Map<string, { loaded: number; total: number }>();
  return {
    /** A file will be asked for. */
    expect(file: string, total: number): void {
      if (!files.has(file)) files.set(file, { loaded: -1, total });
    },
    /** A file was asked for; returned is what its bytes are reported with. */
    begin(file: string, total: number): (loaded: number) => void {
      const state = { loaded: -1, total };
      files.set(file, state);
      return (loaded) => {
        if (loaded === state.loaded) return;
        state.loaded = loaded;
        const overall = { loaded: 0, total: 0 };
        for (const each of files.values()) {
          overall.loaded += Math.max(0, each.loaded);
          overall.total += each.total;
        }
        onProgress?.({ file, loaded, total, overall });
      };
    },
  };
}
