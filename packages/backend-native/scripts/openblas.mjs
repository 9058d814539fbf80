// OpenBLAS as NumPy ships it: the PyPI package scipy-openblas32 carries a built library for each platform. Fetched with pip, once, and only when
// its hash is the known one; or what RSDIX_OPENBLAS names.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lastLine, MissingTool } from "./problem.mjs";
import { TARGETS } from "./targets.mjs";

const REQUIREMENTS = fileURLToPath(new URL("openblas-requirements.txt", import.meta.url));
const VERSION = /==(\S+)/.exec(readFileSync(REQUIREMENTS, "utf8"))[1];

/** Where OpenBLAS for `target` ("linux-x64") lies: the shared library, on Windows what is linked in its place, and the licences. */
export function openblas(cache, target) {
  const given = process.env.RSDIX_OPENBLAS;
  const folder = given || fetched(cache, target);
  const lib = [join(folder, "scipy_openblas32", "lib"), join(folder, "lib"), folder].find(existsSync);
  const file = (ending) => {
    const found = lib && readdirSync(lib).find((name) => name.endsWith(ending));
    if (!found)
      throw new MissingTool(`RSDIX_OPENBLAS: ${folder} has no lib/*${ending}; it must be a folder of scipy-openblas32, unpacked.`);
    return join(lib, found);
  };
  const windows = target.startsWith("win32");
  const library = file(windows ? ".dll" : target.startsWith("darwin") ? ".dylib" : ".so");
  return { library, linked: windows ? file(".lib") : library, licence: licenceIn(folder) };
}

function licenceIn(folder) {
  const info = existsSync(folder) && readdirSync(folder).find((name) => name.endsWith(".dist-info"));
  const licence = info && join(folder, info, "licenses", "LICENSE.txt");
  return licence && existsSync(licence) ? licence : undefined;
}

function fetched(cache, target) {
  const known = TARGETS[target];
  if (!known) {
    throw new MissingTool(
      `There is no OpenBLAS package for ${target} (only for ${Object.keys(TARGETS).join(", ")}): build OpenBLAS with SYMBOLPREFIX=scipy_ and name its folder in RSDIX_OPENBLAS.`,
    );
  }
  if (target === `linux-${process.arch}` && process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime) {
    throw new MissingTool(
      "This system's C library is not glibc (musl?): unpack the scipy-openblas32 that is made for it and name the folder in RSDIX_OPENBLAS.",
    );
  }
  const folder = join(cache, `${target}-${VERSION}`);
  if (existsSync(folder)) return folder;
  const python = process.env.PYTHON || (process.platform === "win32" ? "python" : "python3");
  const temporary = `${folder}.${process.pid}.tmp`;
  mkdirSync(temporary, { recursive: true });
  try {
    requirePip(python);
    const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"];
    run(python, ["-m", "pip", "download", ...options, `--platform=${known.wheel}`, `--dest=${temporary}`, "-r", REQUIREMENTS]);
    const wheel = join(
      temporary,
      readdirSync(temporary).find((file) => file.endsWith(".whl")),
    );
    run(python, ["-m", "zipfile", "-e", wheel, temporary]);
    rmSync(wheel);
    if (!existsSync(folder)) renameSync(temporary, folder); // another build may have been faster
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

const OTHERWISE = "Install it, name another Python in PYTHON, or a folder of scipy-openblas32, unpacked, in RSDIX_OPENBLAS.";

function requirePip(python) {
  try {
    execFileSync(python, ["-m", "pip", "--version"], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new MissingTool(
      `${error.code === "ENOENT" ? `There is no ${python}` : `${python} has no pip`}, which fetches OpenBLAS. ${OTHERWISE}`,
    );
  }
}

function run(python, args) {
  try {
    execFileSync(python, args, { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    throw new MissingTool(`OpenBLAS could not be fetched from PyPI with ${python} -m pip: ${lastLine(error)}`);
  }
}
