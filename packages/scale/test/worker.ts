// A process of a pool: does shards slowly; dies or fails where a file says so. worker.ts FOLDER
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { RsdixError } from "@rsdix/internal";
import { openShardRun, serveShards } from "../src";

const folder = process.argv[2]!;
const orders = join(folder, "orders.json");
const {
  dies,
  fails,
  final,
  holds = Infinity,
  neverBegins,
  slowly = 0,
} = existsSync(orders) ? JSON.parse(readFileSync(orders, "utf8")) : {};
if (neverBegins === "killed") process.kill(process.pid, "SIGKILL");
if (neverBegins) throw new Error("there is no model here");
await serveShards(await openShardRun(folder), async function* ({ index, first, end }) {
  if (index === dies) process.kill(process.pid, "SIGKILL");
  if (index === fails) throw final ? new RsdixError("OUT_OF_MEMORY", "there is no memory left") : new Error("the archive is cut off");
  while (index >= holds && !existsSync(join(folder, "go"))) await wait(20);
  for (let i = first!; i < end!; i++) {
    if (slowly > 0) await wait(slowly);
    const values = { embedding: Float32Array.of(i, i / 7), threads: String(process.env.RSDIX_THREADS) };
    yield { id: String(i), file: `${i}.png`, values };
  }
});
