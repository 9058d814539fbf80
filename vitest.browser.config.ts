import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env, getuid, platform } from "node:process";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { softwareFlags } from "./scripts/lib/software-gpu.mjs";
import { aliasFor } from "./vitest.workspace.ts";

/** Started by scripts/test-browser.mjs, which looks for the browser; without it Playwright's own is taken. */
const executablePath = env.RSDIX_CHROMIUM;
const backends = env.RSDIX_TEST_BACKENDS ?? "webgpu,webgl,wasm";

/** How pages are drawn where there is no graphics card: scripts/test-browser.mjs looks for what works in this browser, on this machine. */
const angle = env.RSDIX_ANGLE ?? "swiftshader";

const args = [
  "--enable-unsafe-webgpu",
  ...(platform === "linux" ? softwareFlags(angle) : []),
  ...(getuid?.() === 0 ? ["--no-sandbox"] : []),
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
];

/** Test files that import Node's own modules are not for a browser, nor are those that put another module in a module's place: one page has all files. */
const forNode = readdirSync("packages", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
  .map((file) => join("packages", file))
  .filter((file) => /from "node:|\bvi\.mock\(/.test(readFileSync(file, "utf8")));

export default defineConfig({
  resolve: { alias: aliasFor("web") },
  // All of them before the first test: a package that is found later reloads the page.
  optimizeDeps: {
    include: [
      ...["tfjs", "tfjs-core", "tfjs-backend-wasm", "tfjs-backend-webgpu"].map((name) => `@tensorflow/${name}`),
      ...["@zip.js/zip.js", "modern-tar"],
    ],
  },
  test: {
    name: "browser",
    include: ["packages/*/{src,test}/**/*.test.ts"],
    exclude: forNode,
    setupFiles: ["./test/setup.ts"],
    provide: { browser: { backends, wasmPath: "/node_modules/@tensorflow/tfjs-backend-wasm/dist/" } },
    passWithNoTests: false,
    silent: "passed-only",
    testTimeout: 120_000,
    isolate: false, // one page, and one GPU device, for all files: shaders are compiled once
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { args, ...(executablePath && { executablePath }) } }),
      instances: [{ browser: "chromium" }],
    },
  },
});
