// A page of Vite's that uses the installed packages: it builds without a warning, and runs in a browser where there is one.
import { getuid } from "node:process";
import { installed } from "./installed.mjs";
import { write } from "./installed-project.mjs";

const { chromium } = await installed(() => import("playwright"));
const { build, preview } = await installed(() => import("vite"));

/** An icon of nothing, so that no browser looks for one. */
const HTML =
  '<!doctype html><html lang="en"><head><title>begun</title><link rel="icon" href="data:,"></head><body><script type="module" src="/main.js"></script></body></html>\n';

/** What Vite says of another package is not ours to mend. */
const isOurs = (text) => text.includes("@rsdix");

/** Builds the page; returns the folder's problems. */
export async function buildPage(folder, code) {
  write(folder, "index.html", HTML);
  write(folder, "main.js", code);
  const warnings = [];
  const note = (text) => isOurs(text) && warnings.push(text);
  const quiet = { info() {}, warn: note, warnOnce: note, error: note, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false };
  try {
    await build({
      ...{ root: folder, configFile: false, logLevel: "warn", customLogger: quiet, worker: { format: "es" } },
      build: { target: "es2022", chunkSizeWarningLimit: 5000 },
    });
  } catch (error) {
    return [`the page does not build:\n${error.message}`];
  }
  return warnings.map((text) => `the page builds with a warning:\n${text}`);
}

/** Opens the page that was built: its title must become `expected`, and the browser's console must stay empty. */
export async function openPage(folder, executablePath, expected) {
  const server = await preview({ root: folder, configFile: false, logLevel: "silent", preview: { port: 0, host: "127.0.0.1" } });
  const browser = await chromium.launch({ executablePath, args: getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const said = [];
  try {
    const page = await browser.newPage();
    page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => said.push(`error: ${error.message}`));
    page.on("requestfailed", (request) => said.push(`not loaded: ${request.url()}`));
    await page.goto(server.resolvedUrls.local[0]);
    await page.waitForFunction(() => document.title !== "begun", undefined, { timeout: 60_000 }).catch(() => said.push("it did not end"));
    const title = await page.title();
    return title === expected && said.length === 0
      ? []
      : [`the page in a browser: "${title}" in place of "${expected}"\n${said.join("\n")}`];
  } finally {
    await browser.close();
    await server.close();
  }
}
