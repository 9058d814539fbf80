// What a script takes of what npm installs: where nothing is installed, as in a new worktree, it says what to run in place of a stack trace.

/**
 * What `load` imports. Where it isn't there, the script ends with exit code 1 and says in two lines what is missing and which command brings it.
 *
 * @param load - such as `() => import("typescript")`
 */
export async function installed(load) {
  try {
    return await load();
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    const [, name] = /^Cannot find package '([^']+)'/.exec(error.message) ?? [];
    console.error(
      name
        ? `${name} isn't installed here.\nRun npm ci first, then this again.`
        : `${error.message.split("\n")[0]}: a package isn't built, or is installed in part.\nRun npm ci and npm run build first, then this again.`,
    );
    process.exit(1);
  }
}
