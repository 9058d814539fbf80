/**
 * Why a file that a command was given cannot be read, and what to name in its place, in words for the end of a message.
 *
 * @param error - what reading it ended with.
 * @param wanted - what it should be.
 */
export function whyUnread(error: NodeJS.ErrnoException, wanted: string): string {
  if (error.code === "ENOENT") return "there is no such file";
  return error.code === "EISDIR" ? `it is a folder; name ${wanted}` : error.message;
}
