import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { env, getuid, platform } from "node:process";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { axeFaults } from "../../../test/axe-faults";
import { aliasFor } from "../../../vitest.workspace";
import type { App } from "../src/ui/app";

const root = fileURLToPath(new URL("..", import.meta.url));
const artefacts = join(root, "artefacts");

/** Builds the studio of the packages' sources, so that a test never runs on a stale build, with a demo's models beside it. */
export async function buildStudio(folder: string, demoReport: string): Promise<void> {
  const { NODE_ENV, RSDIX_DEMO_REPORT } = env;
  Object.assign(env, { NODE_ENV: "production", RSDIX_DEMO_REPORT: demoReport }); // vitest's own makes a build for developing
  await build({
    ...{ root, configFile: join(root, "vite.config.ts"), logLevel: "warn" },
    resolve: { alias: aliasFor("web") },
    build: { outDir: folder, emptyOutDir: true },
  }).finally(() => {
    env.NODE_ENV = NODE_ENV;
    if (RSDIX_DEMO_REPORT === undefined) delete env.RSDIX_DEMO_REPORT;
    else env.RSDIX_DEMO_REPORT = RSDIX_DEMO_REPORT;
  });
}

/** WebGPU and WebGL by software. The packages' browser tests put Vulkan below the page too, for reads that don't wait; with it workers have no WebGL. */
const SOFTWARE = ["--enable-unsafe-webgpu", "--enable-unsafe-swiftshader"];

/** A name of this machine that isn't localhost: what browsers give safe connections only, a page from there hasn't. */
export const PLAIN_HOST = "plain.test";

/** Starts the browser; with `gpu` there is WebGPU and WebGL, by software. */
export function launch(executablePath: string, { gpu = false } = {}): Promise<Browser> {
  const args = [
    `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
    ...(gpu && platform === "linux" ? SOFTWARE : []),
    ...(getuid?.() === 0 ? ["--no-sandbox"] : []),
    ...["--disable-gpu-compositing", "--disable-gpu-rasterization"], // drawn by software too, they take twice the processor's time
    ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  ];
  return chromium.launch({ executablePath, args });
}

/** Of Chromium's traces: when an event began and ended by the clock, and `tdur`, the processor's time; in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string; readonly chrome_mojo_event_info?: { readonly mojo_interface_tag?: string } };
}

/** Messages for which the browser works on the page's thread: what the test asks, and making a File of each file that was picked. */
const BROWSERS_OWN = new Set<string | undefined>(["blink.mojom.DevToolsSession", "blink.mojom.FileChooser"]);

/** The page, by what a person does with it. */
export class Studio {
  /** What the page wrote to its console as errors. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
  }

  /** Opens the page, and waits for its backend. */
  static async open(context: BrowserContext, url: string): Promise<Studio> {
    return Studio.on(await context.newPage(), url);
  }

  /** The same in a page that is there. */
  static async on(page: Page, url: string): Promise<Studio> {
    const studio = new Studio(page);
    await page.goto(url);
    await studio.started();
    return studio;
  }

  /** Waits for the backend. */
  async started(): Promise<void> {
    await this.page.locator("#backend .now", { hasText: "GFLOP/s" }).waitFor({ timeout: 60_000 });
  }

  /** Chooses a backend. */
  async compute(name: string): Promise<void> {
    await this.page.getByLabel("Compute with").selectOption(name);
    await this.says(/^Computing with/);
  }

  /** Picks a model's folder. */
  async loadModel(folder: string): Promise<void> {
    await this.page.locator("#model input[webkitdirectory]").setInputFiles(folder);
    await this.says(/is loaded\.$/);
  }

  /** Picks a folder of images. */
  async addFolder(folder: string): Promise<string> {
    await this.page.locator("#images input[webkitdirectory]").setInputFiles(folder);
    return this.says(/images? (was|were) added/);
  }

  /** Goes to a tab. */
  tab(name: string): Promise<void> {
    return this.page.getByRole("tab", { name }).click();
  }

  /** Presses a button, and waits for what the status line says then. */
  async press(name: string, said: RegExp): Promise<string> {
    await this.page.locator(".status").evaluate((status) => status.replaceChildren());
    await this.page.getByRole("button", { name, exact: true }).click();
    return this.says(said);
  }

  /** Waits for the status line; what the page shows as an error instead fails. */
  async says(said: RegExp): Promise<string> {
    const status = this.page.locator(".status", { hasText: said });
    const alert = this.page.locator(".alert").first();
    await status.or(alert).first().waitFor({ timeout: 90_000 });
    if (await alert.isVisible()) throw new Error(`The page says: ${await alert.textContent()}`);
    return (await status.textContent())!;
  }

  /** Serious faults of accessibility on all tabs, in light and in dark, of which pictures are kept. */
  async faults(picture: string): Promise<string[]> {
    const found: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      for (const name of ["Captions", "Classes", "Search", "Map", "Sentinel-2", "Fine-tune"]) {
        await this.tab(name);
        const faults = await axeFaults(this.page);
        found.push(...faults.map((fault) => `${name}, ${colorScheme}: ${fault}`));
      }
      await this.screenshot(`${picture}-${colorScheme}`);
    }
    await this.page.emulateMedia({ colorScheme: "light" });
    return found;
  }

  /** Begins to watch for long tasks. */
  async watch(): Promise<void> {
    await this.page
      .context()
      .browser()!
      .startTracing(this.page, { categories: ["toplevel", "devtools.timeline", "__metadata"] });
  }

  /**
   * Tasks since then, and answers to an event, that used the processor for more than 50 ms on a page's own thread. Time that a busy machine takes away isn't
   * the page's, and neither is what the browser does of itself when the test asks something or files are picked.
   */
  async longTasks(): Promise<number[]> {
    await this.page.waitForTimeout(100); // a task is written down when it ends
    const trace = await this.page.context().browser()!.stopTracing();
    const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
    const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
    const pages = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain").map(thread));
    const events = traceEvents.filter((event) => pages.has(thread(event)));
    const tasks = events.filter(({ name }) => name === "ThreadControllerImpl::RunTask");
    const answers = events.filter(({ name }) => name === "EventDispatch");
    if (tasks.length === 0) throw new Error("the browser's trace has no tasks: they are written in another way now");
    const browsers = events.filter(({ args }) => BROWSERS_OWN.has(args?.chrome_mojo_event_info?.mojo_interface_tag));
    const isBrowsers = (task: TraceEvent) =>
      browsers.some((each) => thread(each) === thread(task) && each.ts >= task.ts && each.ts <= task.ts + (task.dur ?? 0));
    const isLong = ({ tdur = 0 }: TraceEvent) => tdur > 50_000;
    const long = [...tasks.filter((task) => isLong(task) && !isBrowsers(task)), ...answers.filter(isLong)];
    return long.map(({ tdur = 0 }) => tdur / 1000);
  }

  /** Whether the page asks before it is left. */
  asksToStay(): Promise<boolean> {
    return this.page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
  }

  /** Begins to hear what the tab Fine-tune says of a training; the function that it gives tells the losses by step since the last time. */
  async hearLosses(steps: number): Promise<() => Promise<Record<string, string>>> {
    await this.page.evaluate(() => {
      const said: string[] = [];
      const line = document.querySelector("#panel-fine-tune > div > .now")!;
      new MutationObserver(() => said.push(line.textContent!)).observe(line, { childList: true, characterData: true, subtree: true });
      Object.assign(globalThis, { said });
    });
    const step = new RegExp(`^Step (\\d+) of ${steps}: loss ([\\d.]+)`);
    return async () => {
      const said = await this.page.evaluate(() => (globalThis as unknown as { said: string[] }).said.splice(0));
      return Object.fromEntries(said.flatMap((text) => [step.exec(text)?.slice(1) ?? []]));
    };
  }

  /** Waits for an error, closes it, and gives its text. */
  async refusal(): Promise<string> {
    const alert = this.page.locator(".alert").first();
    await alert.waitFor();
    const text = (await alert.locator("p").textContent())!;
    await alert.getByRole("button").click();
    return text;
  }

  /** How many tensors the worker has, and how many bytes they take. */
  memory(): Promise<{ tensors: number; bytes: number }> {
    return this.page.evaluate(() => (globalThis as unknown as StudioGlobals).studio.client.call("memory", {}));
  }

  /** What the model that is loaded makes of the images: it changes with any of its weights that see. */
  scores(): Promise<{ id: number; score: number }[]> {
    return this.page.evaluate(async () => {
      const { hits } = await (globalThis as unknown as StudioGlobals).studio.client.call("search", { text: "a red field", count: 3 });
      return hits.map(({ id, score }) => ({ id, score }));
    });
  }

  /** Keeps a picture of the page. */
  async screenshot(name: string): Promise<void> {
    await mkdir(artefacts, { recursive: true });
    await this.page.screenshot({
      path: join(artefacts, `${name}.png`),
      fullPage: true,
      // What is fixed to the window would lie across the page.
      style: ".results > li { content-visibility: visible } footer, .alerts { position: static !important; width: auto !important }",
    });
  }
}

/** What the page leaves for the console. */
export interface StudioGlobals {
  readonly studio: App;
}
