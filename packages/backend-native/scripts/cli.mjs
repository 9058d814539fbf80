#!/usr/bin/env node
// `npx rsdix-backend-native build`: the addon from source, for a platform without a prebuilt one.
import { execFileSync } from "node:child_process";
import { build } from "./build.mjs";
import { BuildProblem, lastLine, report } from "./problem.mjs";

const USAGE = `rsdix-backend-native build

Compiles the native addon of @rsdix/backend-native for this machine and puts it where the package looks first.
It needs a C++17 compiler (c++, or CXX) and Python with pip (python3, or PYTHON), which fetches OpenBLAS;
RSDIX_OPENBLAS=<folder of scipy-openblas32, unpacked> does without Python and network.`;

const LOAD = "const { threads, ...info } = require(process.argv[1]).configure(1); console.log(Object.values(info).join(', '));";

/** Loads what was built in a process of its own, since a wrong OpenBLAS shows only then. */
function tryOut(addon) {
  try {
    return execFileSync(process.execPath, ["-e", LOAD, addon], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch (error) {
    const said = `${error.stderr ?? ""}`.split("\n").find((line) => line.startsWith("Error: "));
    throw new BuildProblem(`${addon} was built, but does not load: ${said?.slice("Error: ".length) ?? lastLine(error)}`);
  }
}

if (process.argv[2] === "build" && process.argv.length === 3) {
  await report(async () => {
    const { addon } = await build();
    console.log(`${addon}: ${tryOut(addon)}`);
  });
} else {
  console.log(USAGE);
  process.exitCode = process.argv[2] === undefined || process.argv[2] === "--help" ? 0 : 1;
}
