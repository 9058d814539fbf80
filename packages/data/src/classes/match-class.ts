import { classParts, plainName } from "@rsdix/internal";
import type { DatasetClass } from "../declarations/declaration";

/** Finds the class that a file's path tells, whatever the folder's spelling: "BareLand", "bare_land" and "bareland" are one. */
export class ClassMatcher {
  private readonly classes = new Map<string, string>();

  constructor(classes: readonly DatasetClass[]) {
    for (const { name, folder } of classes) {
      for (const key of [folder, name]) this.classes.set(plainName(key), name);
    }
  }

  /**
   * The class of an image: that of the nearest folder which is a class's, else that of the file's name before the last "_" ("airport_12.jpg"); with
   * `labels` only by the one that is named. `undefined` where the path tells none.
   */
  classOf(path: string, labels?: "folder" | "file name"): string | undefined {
    const { folders, written } = classParts(path);
    if (labels !== "file name") {
      for (const folder of folders) {
        const name = this.classes.get(plainName(folder));
        if (name !== undefined) return name;
      }
    }
    if (labels === "folder") return undefined;
    return this.classes.get(plainName(written));
  }
}
