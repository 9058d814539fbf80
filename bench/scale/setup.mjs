// Makes LanceDB, which the index is measured beside, in the folder of bench/backend's peers (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): about 190 MB.
//
//   node bench/scale/setup.mjs
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { paths } from "../models/peers.mjs";

readArguments("");

mkdirSync(paths.node, { recursive: true });
if (!existsSync(join(paths.node, "package.json"))) writeFileSync(join(paths.node, "package.json"), '{ "private": true }\n');
const wanted = ["@lancedb/lancedb@0.39.0", "apache-arrow@18.1.0"];
execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], { cwd: paths.node, stdio: "inherit" });
