/** The command line of the service. */
import { isIP } from "node:net";
import { isAbsolute, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { ModelSources } from "./load-models";
import { DEFAULTS, LONGEST, type Settings } from "./settings";
import { whole } from "./whole";

interface Flags extends Settings, ModelSources {
  host: string;
  port: number;
  backend: string;
  grace: number;
}

const program = new Command("npm start -w examples/caption-service --")
  .description("Captions and embeds images over HTTP.")
  .requiredOption("--model <source>", "the captioner: a folder, an id of the Hugging Face hub, or a URL")
  .option("--clip <source>", "CLIP or SigLIP that embeds the images, where the captioner doesn't bring it")
  .option("--tokenizer <source>", "where GPT-2's tokenizer is, where the captioner doesn't bring it")
  .option("--host <address>", "address to listen at; 0.0.0.0 for all", "127.0.0.1")
  .option("--port <number>", "port to listen at; 0 for any", whole(0, 65_535), 8080)
  .option("--backend <name>", "backend of TensorFlow.js", "auto")
  .option("--max-batch <images>", "images in a call of the model", whole(1), DEFAULTS.maxBatch)
  .option("--max-wait <ms>", "how long an image waits for others to share a call", whole(0, LONGEST), DEFAULTS.maxWait)
  .option("--max-queue <images>", "images that wait for the model", whole(1), DEFAULTS.maxQueue)
  .option("--max-images <images>", "images of a request", whole(1), DEFAULTS.maxImages)
  .option("--max-body <bytes>", "a request's body", whole(1), DEFAULTS.maxBody)
  .option("--max-image-bytes <bytes>", "an image file, sent or fetched", whole(1), DEFAULTS.maxImageBytes)
  .option("--max-pixels <pixels>", "an image's pixels", whole(1), DEFAULTS.maxPixels)
  .option("--max-requests <requests>", "requests that are answered at a time", whole(1), DEFAULTS.maxRequests)
  .option("--max-per-client <requests>", "of them, from one address", whole(1), DEFAULTS.maxPerClient)
  .option("--max-beams <beams>", "beams that a request may ask for", whole(1, 1024), DEFAULTS.maxBeams)
  .option("--url-timeout <ms>", "how long an image's URL may take", whole(1, LONGEST), DEFAULTS.urlTimeout)
  .option("--body-timeout <ms>", "how long a request's body may take", whole(1, LONGEST), DEFAULTS.bodyTimeout)
  .option("--allow-private", "fetch URLs of private, local and reserved addresses too", false)
  .option("--allow-address <address>", "fetch from this one of them all the same; may be repeated", ipAddress, DEFAULTS.allowAddress)
  .option("--grace <ms>", "how long requests are finished after SIGTERM", whole(0, LONGEST), 30_000)
  .showHelpAfterError();

program.action(async ({ model, clip, tokenizer, host, port, backend, grace, ...settings }: Flags) => {
  const stopped = signalled();
  try {
    // Only now: --help and a wrong command line do not wait for TensorFlow.js.
    const [tf, { startBackend }, { loadModels }, { startServer }] = await Promise.all([
      import("@tensorflow/tfjs-core"),
      import("@rsdix/backend"),
      import("./load-models"),
      import("./server"),
    ]);
    const { name } = await startBackend(backend);
    const models = await loadModels({ model, ...(clip && { clip }), ...(tokenizer && { tokenizer }) });
    const server = await startServer(models, settings, { host, port });
    console.log(`${model} on ${name}, at ${server.url}`);
    const signal = await stopped;
    console.log(`${signal}: finishing what is running; once more stops at once.`);
    if (!(await server.stop(grace))) {
      console.error("Error: what was cut off after the grace period does not end; it is left unfinished.");
      process.exit(1);
    }
    models.dispose();
    console.log(`Stopped, ${tf.memory().numTensors} tensors left.`);
    process.exit(0);
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: string };
    const sought = [model, clip, tokenizer].find((source) => source && message.startsWith(`"${source}" is no file or folder`));
    // npm starts it in its own folder, from which a relative path is read
    const where = sought && !isAbsolute(sought) ? ` It was looked for at ${resolve(sought)}: give the whole path.` : "";
    console.error(code ? `Error (${code}): ${message}${where}` : stack);
    process.exit(1);
  }
});

await program.parseAsync();

/** Resolves at the first signal to stop; the second ends the program. */
function signalled(): Promise<string> {
  return new Promise((resolve) => {
    let first: { signal: string; at: number } | undefined;
    for (const [signal, number] of [
      ["SIGINT", 2],
      ["SIGTERM", 15],
    ] as const) {
      process.on(signal, () => {
        // Under npm one Ctrl-C comes twice, from the terminal and forwarded.
        if (first && signal === "SIGINT" && first.signal === signal && performance.now() - first.at < 500) return;
        if (first) process.exit(128 + number);
        first = { signal, at: performance.now() };
        resolve(signal);
      });
    }
  });
}

function ipAddress(text: string, before: readonly string[]): readonly string[] {
  if (isIP(text) === 0) throw new InvalidArgumentError("It must be an IP address.");
  return [...before, text];
}
