// Makes LanceDB, which the index is measured beside, in the folder of bench/backend's peers (RSDIX_BENCH_PEERS, ~/.cache/rsdix-bench by default): about 195 MB.
//
//   node bench/scale/setup.mjs
import { readArguments } from "../../scripts/lib/arguments.mjs";
import { npmInstall } from "../backend/installing.mjs";
import { paths } from "../models/peers.mjs";

readArguments("");

npmInstall(paths.node, "@lancedb/lancedb@0.39.0", "apache-arrow@18.1.0");
