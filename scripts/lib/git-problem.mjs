import { spawnSync } from "node:child_process";

/**
 * Why git doesn't say which files are a folder's, to stand after what wants to know it.
 *
 * @param folder - the repository's
 * @param git - the program
 * @returns undefined where git does
 */
export function gitProblem(folder, git = "git") {
  const env = { ...process.env, LC_ALL: "C" };
  const { status, stderr, error } = spawnSync(git, ["rev-parse", "--git-dir"], { cwd: folder, encoding: "utf8", env });
  if (status === 0) return undefined;
  if (error || /not a git repository/.test(stderr)) return ": install git, and run it in a clone, whose folder has .git.";
  return `, and git refuses:\n${stderr.trim()}`; // a clone of another owner's, say, with what to do about it
}
