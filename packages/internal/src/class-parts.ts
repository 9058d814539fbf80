/**
 * The parts of an image's path that may say its class: its folders, the nearest first, and what its name has before the last "_" ("airport_12.jpg"), or
 * before a number as RESISC45 and some copies write it ("airport (12)", "airport12").
 */
export function classParts(path: string): { folders: string[]; written: string } {
  const folders = path.split("/");
  const stem = folders.pop()!.replace(/\.[^.]*$/, "");
  const written = stem.includes("_") ? stem.slice(0, stem.lastIndexOf("_")) : stem.replace(/[\s(\d)-]+$/, "");
  return { folders: folders.reverse(), written };
}
