// npm run build: the packages where they were never built, then the notebooks as static pages in dist/.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = fileURLToPath(new URL("./", import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const { resolve } = createRequire(import.meta.url);
const unbuilt = Object.keys(dependencies)
  .filter((name) => name.startsWith("@rsdix/"))
  .filter((name) => !existsSync(join(dirname(realpathSync(resolve(`${name}/package.json`))), "dist")));
if (unbuilt.length > 0) {
  console.log(`Building ${unbuilt.join(", ")} ...`);
  const { status } = spawnSync("npx", ["turbo", "run", "build", "--output-logs=errors-only", "--filter=@rsdix/notebooks^..."], {
    cwd: join(here, "../.."),
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
  });
  if (status !== 0) process.exit(status ?? 1);
}
chdir(here);
await build({ logLevel: "warn" });
console.log("The notebooks are in examples/notebooks/dist; npm run preview -w examples/notebooks shows them.");
