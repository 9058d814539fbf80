/** The command line of the demo. */
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { runDemo } from "./demo";
import { demoSettings, quickSettings } from "./settings";

interface Flags {
  seed: number;
  resume: boolean;
  quick: boolean;
  out: string;
  data: string;
  backend: string;
}

const root = fileURLToPath(new URL("../../../", import.meta.url));

const program = new Command("npm run demo --")
  .description(
    "Fine-tunes CLIP with Sinkhorn self-distillation on satellite imagery, trains a captioner on it, and reports how well both do.",
  )
  .option("--seed <number>", "seed of the data set, the weights and the batches", wholeNumber, 1)
  .option("--resume", "go on from an interrupted run, with the same result as an uninterrupted one", false)
  .option("--quick", "a few steps of each training on a few patches, to see that everything works; the scores mean nothing", false)
  .option("--out <folder>", "folder of the report", `${root}demo-report`)
  .option("--data <folder>", "folder of the data set; made when missing", `${root}examples/demo/.data/bluemarble-captions`)
  .option("--backend <name>", "backend of TensorFlow.js", "auto")
  .showHelpAfterError();

// `npm run demo | head`: nobody reads on. Checkpoints and log are whole at any moment.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`Error (WRITE_FAILED): The output could not be written: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on("error", () => undefined); // nobody can be told

program.action(async (flags: Flags) => {
  const controller = new AbortController();
  let interrupts = 0;
  let lastInterrupt = Number.NEGATIVE_INFINITY;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      // Under npm one Ctrl-C may come twice, from the terminal and forwarded: what follows at once is the same one.
      if (performance.now() - lastInterrupt < 1000) return;
      lastInterrupt = performance.now();
      interrupts++;
      if (interrupts > 1) {
        if (process.stdout.isTTY) process.stdout.write("\u001b[?25h"); // a progress bar hides the cursor
        process.exit(130); // checkpoints and log are whole at any moment
      }
      console.log("\nStopping after this step; press Ctrl-C again to stop at once.");
      controller.abort(new Error("interrupted"));
    });
  }
  try {
    await runDemo({
      settings: flags.quick ? quickSettings(flags.seed) : demoSettings(flags.seed),
      dataDir: flags.data,
      outDir: flags.out,
      backend: flags.backend,
      resume: flags.resume,
      signal: controller.signal,
    });
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: string };
    if (code === "ABORTED" || (controller.signal.aborted && error === controller.signal.reason)) {
      const flagsGiven = process.argv.slice(2).filter((flag) => flag !== "--resume");
      console.error(`Interrupted: ${message}\nGo on with: npm run demo -- ${[...flagsGiven, "--resume"].map(quoted).join(" ")}`);
      process.exit(130);
    }
    console.error(code ? `Error (${code}): ${message}` : stack);
    process.exit(1);
  }
});

await program.parseAsync();

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN; // not what JavaScript takes beyond these, such as 0x10
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("It must be a whole number from 0.");
  return value;
}
