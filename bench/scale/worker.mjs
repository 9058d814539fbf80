// A process of the pool: node worker.mjs FOLDER BACKEND
import { openShardRun, serveShards } from "@rsdix/scale";
import { BATCH, embedder, workOf } from "./plan.mjs";

const [folder, backend] = process.argv.slice(2);
const embed = await embedder(backend);
await embed(BATCH); // code is compiled, memory there
await serveShards(await openShardRun(folder), workOf(embed));
