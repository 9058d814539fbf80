import { setMaxListeners } from "node:events";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { RgbImage } from "@rsdix/image";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import { type Answer, type Compute, computeWith, type Task } from "./compute";
import { type Decoding, readWanted } from "./decoding-options";
import { smallImageElsewhere } from "./image-threads";
import type { Models } from "./load-models";
import { metricsOf } from "./metrics";
import { type Incoming, nameOf, readRequest } from "./read-request";
import { clientGone, refuse, toServiceError } from "./service-error";
import type { Settings } from "./settings";

/** The service without its socket. */
export interface Service {
  readonly app: Hono;
  /** Requests that are being answered. */
  readonly active: () => number;
  /** Whether there are none, and the model is not at work for one that was given up. */
  readonly isIdle: () => boolean;
  /** From now on every request is refused. */
  stopTaking(): void;
}

/** A service over models, which stay the caller's to dispose. */
export function serviceOf(models: Models, given: Settings): Service {
  // A request with more images than may wait would be told to try again for ever.
  const settings = { ...given, maxImages: Math.min(given.maxImages, given.maxQueue) };
  const clients = new Map<string, number>(); // requests that are being answered, by address
  const active = () => [...clients.values()].reduce((sum, count) => sum + count, 0);
  let stopping = false;
  const metrics = metricsOf(() => ({ waiting: compute.waiting, computing: compute.computing, requests: active() }));
  const compute = computeWith(models, settings, metrics.onBatch);
  const { contextLength } = models.captioner.config.gpt2;
  const limits = { maxBeams: settings.maxBeams, maxTokens: contextLength - models.captioner.config.prefixLength };

  const app = new Hono();
  app.use(async (c, next) => {
    const started = performance.now();
    await next();
    metrics.onRequest(c.req.routePath === "/*" ? "other" : c.req.path, c.res.status, (performance.now() - started) / 1000);
  });
  app.use((_, next) =>
    next().catch((reason: unknown) => {
      throw reason instanceof Error ? reason : clientGone(); // the adapter's words, which Hono would hand past what counts requests
    }),
  );
  app.onError((error, c) => {
    const known = c.req.raw.signal.aborted ? clientGone() : toServiceError(error);
    if (known.status === 503 || known.status === 429) c.header("Retry-After", "1");
    if (stopping) c.header("Connection", "close");
    return c.json(known.body, known.status);
  });
  app.notFound((c) =>
    c.json({ error: { code: "NOT_FOUND", message: "There are POST /caption, POST /embed, GET /health and GET /metrics." } }, 404),
  );

  app.get("/health", (c) => c.json({ status: stopping ? "stopping" : "ok" }, stopping ? 503 : 200));
  app.get("/metrics", async (c) => c.text(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }));

  const admit = admission(clients, active, () => stopping, compute, settings);
  const limited = bodyLimit({
    maxSize: settings.maxBody,
    onError: () => refuse(413, "BODY_TOO_LARGE", `The body has more than ${settings.maxBody} bytes: send fewer images, or smaller ones.`),
  });
  app.post("/caption", admit, limited, async (c) => {
    const { images, options } = await readRequest(c.req.raw, settings);
    const { decoding, stream } = readWanted(options, limits);
    const tasks = (await imagesOf(images, models, settings, c.req.raw.signal)).map((image): Task => ({ image, decoding }));
    const key = keyOf(decoding);
    if (!stream) return c.json({ captions: await compute.submit(tasks, { key, signal: c.req.raw.signal }) });
    return streamed(c, compute, tasks, key);
  });
  app.post("/embed", admit, limited, async (c) => {
    const { images, options } = await readRequest(c.req.raw, settings);
    const [unknown] = Object.keys(options);
    if (unknown !== undefined) refuse(422, "INVALID_OPTION", `/embed has no options, got ${JSON.stringify(unknown.slice(0, 50))}.`);
    const tasks = (await imagesOf(images, models, settings, c.req.raw.signal)).map((image): Task => ({ image }));
    const embeddings = (await compute.submit(tasks, { key: "embed", signal: c.req.raw.signal })) as Float32Array[];
    return c.json({ embeddings: embeddings.map((row) => Array.from(row)), dimensions: embeddings[0]!.length });
  });
  for (const [path, methods] of Object.entries({ "/caption": "POST", "/embed": "POST", "/health": "GET, HEAD", "/metrics": "GET, HEAD" })) {
    app.all(path, (c) => {
      c.header("Allow", methods);
      return refuse(405, "METHOD_NOT_ALLOWED", `${path} takes ${methods}.`);
    });
  }

  return {
    app,
    active,
    isIdle: () => active() === 0 && compute.computing === 0,
    stopTaking() {
      stopping = true;
      compute.hurry();
    },
  };
}

/** Lets a request in, or says why not; before any of its body is read. */
function admission(
  clients: Map<string, number>,
  active: () => number,
  isStopping: () => boolean,
  compute: Compute,
  { maxRequests, maxPerClient }: Settings,
): MiddlewareHandler {
  return async (c, next) => {
    if (isStopping()) refuse(503, "SHUTTING_DOWN", "The service is about to stop: ask another one, or this one later.");
    const client = getConnInfo(c).remote.address ?? "unknown";
    const theirs = clients.get(client) ?? 0;
    if (theirs >= maxPerClient) refuse(429, "TOO_MANY_REQUESTS", `${theirs} requests of yours are being answered: wait for one of them.`);
    if (active() >= maxRequests) refuse(503, "BUSY", `${maxRequests} requests are being answered: try again.`);
    compute.checkRoom(1);
    clients.set(client, theirs + 1);
    const leave = () => {
      const left = clients.get(client)! - 1;
      if (left > 0) clients.set(client, left);
      else clients.delete(client);
    };
    c.set("leave", leave);
    try {
      await next();
    } finally {
      if (!c.get("streams")) leave();
    }
  };
}

/**
 * Fetches, decodes and shrinks a request's images, so that what waits is small. The first that fails stops the others, and the request ends when all
 * have ended: what it still fetched or decoded would be beyond all limits.
 */
async function imagesOf(images: Incoming["images"], { encoder }: Models, settings: Settings, signal: AbortSignal): Promise<RgbImage[]> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, stop); // each image that waits for its turn is one
  const common = { maxPixels: settings.maxPixels, processor: encoder.processor.toJson() };
  const small = images.map(async (bytes, i) =>
    smallImageElsewhere({ bytes: await bytes(stop), name: nameOf(i, images.length), ...common }, stop),
  );
  for (const each of small) each.catch((error: unknown) => failed.abort(error)); // of several calls the first counts
  await Promise.allSettled(small);
  stop.throwIfAborted();
  return Promise.all(small);
}

let draws = 0;

/** What may be decoded together. Drawing depends on an image's place in its batch: a request that draws has a batch to itself. */
function keyOf(decoding: Decoding): string {
  return JSON.stringify([decoding, decoding.nucleus && draws++]);
}

/** Captions while they are decoded, as server-sent events. */
function streamed(c: Context, compute: Compute, tasks: readonly Task[], key: string): Response {
  const gone = new AbortController();
  const leaves = () => gone.abort(clientGone());
  c.req.raw.signal.addEventListener("abort", leaves);
  let send = (_event: string, _data: object) => {};
  const onPart = (image: number, text: Answer, last: boolean) => send(last ? "caption" : "partial", { image, text });
  const captions = compute.submit(tasks, { key, signal: gone.signal, onPart }); // throws where there is no room, before anything is sent
  c.set("streams", true);
  return streamSSE(c, async (stream) => {
    send = (event, data) => void stream.writeSSE({ event, data: JSON.stringify(data) });
    stream.onAbort(leaves);
    try {
      await stream.writeSSE({ event: "done", data: JSON.stringify({ captions: await captions }) });
    } catch (error) {
      if (!gone.signal.aborted) await stream.writeSSE({ event: "error", data: JSON.stringify(toServiceError(error).body) });
    } finally {
      (c.get("leave") as () => void)();
    }
  });
}
