// The caption service (examples/caption-service) under load: requests that come together share calls of the model, beside the same service with
// batches of one. Both are processes of their own, with the same random weights; this process is the clients.
//   npm run load -w examples/caption-service
import { spawn } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BACKENDS, notOneOf, readArguments } from "../scripts/lib/arguments.mjs";
import { installed } from "../scripts/lib/installed.mjs";
import { scratchFolder } from "../scripts/lib/scratch-folder.mjs";
import { keep, row, show } from "./rows.mjs";
import { answersInTurns } from "./turns.mjs";

const { startBackend } = await installed(() => import("@rsdix/backend"));
const { encodeJpeg } = await installed(() => import("@rsdix/image/node"));
const { Clip, ClipCap, GPT2, Gpt2Tokenizer } = await installed(() => import("@rsdix/models"));

const CLIENTS = 16; // two batches: the images of one are decoded beside the model that computes the other
const ROUNDS = 3;
/** What is asked, and for how many seconds a round. */
const WORK = [
  { what: "captions of 20 tokens", path: "/caption?max_tokens=20", seconds: 5 },
  { what: "embeddings", path: "/embed", seconds: 3 },
];
const PEER = "same service, batches of one";
const MAIN = fileURLToPath(new URL("../examples/caption-service/dist/main.js", import.meta.url));
const check = (_, [name]) => notOneOf("The backend", name, BACKENDS);
const [backend = "native"] = readArguments("[BACKEND]", { most: 1, check }).args;

/** A ViT-S/32, a mapper and half of GPT-2 small at half its width, with all its tokens; random, so that no caption ends before it must. */
async function saveModel(folder) {
  await startBackend("cpu");
  const text = { width: 64, layers: 1, heads: 1, vocabSize: 16, contextLength: 8 }; // captioning never reads texts
  const image = { width: 384, layers: 12, heads: 6, size: 224, patch: 32 };
  const clip = Clip.fromConfig({ embedDim: 512, image, text }, 1);
  await clip.save(join(folder, "encoder"), { storage: "float16" });
  clip.dispose();
  const captioner = ClipCap.fromConfig({ prefixSize: 512, prefixLength: 10, gpt2: { ...GPT2, width: 384, layers: 6, heads: 6 } }, 2);
  captioner.tokenizer = Gpt2Tokenizer.fromBpe({ merges: merges(GPT2.vocabSize - 257) });
  await captioner.save(folder, { storage: "float16" });
  captioner.dispose();
}

/** So many merges of letters, to pairs and then to threes: as many tokens as GPT-2 has, and none of them ends a caption. */
function merges(count) {
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const pairs = letters.flatMap((a) => letters.map((b) => `${a} ${b}`));
  const threes = pairs.flatMap((pair) => letters.map((c) => `${pair.replace(" ", "")} ${c}`));
  return [...pairs, ...threes].slice(0, count);
}

/** Starts a service; `stop` ends it as an operator would. */
async function start(model, ...args) {
  const child = spawn(process.execPath, [MAIN, "--model", model, "--port", "0", "--backend", backend, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, RSDIX_THREADS: "2" },
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  process.once("exit", () => child.kill("SIGKILL"));
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      const found = / at (http\S+)/.exec(output);
      if (found) resolve(found[1]);
    });
    ended.then((code) => reject(new Error(`The service ended with ${code}: ${output}`)));
  });
  return { url, stop: () => child.kill("SIGTERM") && ended };
}

/** Each client asks again as soon as it is answered; milliseconds of each answer, and how many came a second. */
async function ask(url, images, seconds) {
  const latencies = [];
  const started = performance.now();
  const client = async (image) => {
    while (performance.now() - started < seconds * 1000) {
      const asked = performance.now();
      const response = await fetch(url, { method: "POST", headers: { "content-type": "image/jpeg" }, body: image });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status}: ${text}`);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(images.map(client));
  const sorted = latencies.sort((a, b) => a - b);
  const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { perSecond: (sorted.length * 1000) / (performance.now() - started), p50: quantile(0.5), p95: quantile(0.95) };
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const folder = scratchFolder("rsdix-load-");
await saveModel(folder);
const noise = (seed) => Uint8Array.from({ length: 512 * 512 * 3 }, (_, i) => ((i >> 6) * (seed + 3) * 31 + i * seed) % 256);
const images = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => encodeJpeg({ width: 512, height: 512, data: noise(i) })));
const sides = [await start(folder), await start(folder, "--max-batch", "1", "--max-wait", "0")];
console.log("Both services are ready.");
for (const { what, path, seconds } of WORK) {
  for (const { url } of sides) await ask(`${url}${path}`, images, 1); // code isn't compiled yet
  const asks = sides.map(
    ({ url }) =>
      () =>
        ask(`${url}${path}`, images, seconds),
  );
  const found = await answersInTurns(asks, ROUNDS);
  const of = (name) => found.map((rounds) => rounds.map((each) => each[name]));
  const options = { peerName: PEER, backend, spread: { loadAverage: loadavg()[0] } }; // above the number of cores: others were at work, too
  const rows = [
    row(`${what}, ${CLIENTS} clients: answers`, "requests/s", ...of("perSecond"), { ...options, higher: true }),
    row(`${what}, ${CLIENTS} clients: latency p50`, "ms", ...of("p50"), options),
    row(`${what}, ${CLIENTS} clients: latency p95`, "ms", ...of("p95"), options),
  ];
  rows.forEach(show);
  keep(rows, "service");
}
for (const side of sides) await side.stop();
