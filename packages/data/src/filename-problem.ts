/**
 * Says why a file name from an annotation must not be joined to a folder, or `undefined` when it may. Windows' separators and drives
 * count on every system, so that a file accepted on one machine is safe on another.
 */
export function filenameProblem(filename: unknown): string | undefined {
  if (typeof filename !== "string") return "is not text";
  if (filename.trim() === "") return "is empty";
  if (filename.includes("\0")) return "holds a NUL character";
  if (/^([/\\]|[a-z]:)/i.test(filename)) return "is absolute; it must lie below the image folder";
  if (filename.split(/[/\\]/).includes("..")) return 'leaves the image folder with ".."';
  return undefined;
}
