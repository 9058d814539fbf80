import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

/** Tells the service worker which files the page is made of, when all of them are written; models aren't among them: who wants one downloads it. */
export function precache(): Plugin {
  let folder = "";
  let isWritten = false;
  return {
    name: "studio-precache",
    apply: "build",
    configResolved: (config) => {
      folder = resolve(config.root, config.build.outDir);
    },
    writeBundle() {
      isWritten = true;
    },
    closeBundle() {
      if (!isWritten) return; // the build failed, and says why
      const worker = join(folder, "sw.js");
      const all = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(folder.length + 1)
            .replaceAll("\\", "/"),
        )
        .filter((name) => name !== "sw.js" && !/^models\/(?!index\.json$)/.test(name) && !/\.(map|bin)$/.test(name))
        .sort();
      const hash = createHash("sha256");
      for (const name of all) hash.update(name).update(readFileSync(join(folder, name)));
      // "./" is the page, as it is asked for; index.html would be there twice.
      const files = ["./", ...all.filter((name) => name !== "index.html")];
      const list = JSON.stringify({ version: hash.digest("hex").slice(0, 16), files });
      writeFileSync(worker, `const __PRECACHE__=${list};\n${readFileSync(worker, "utf8")}`);
    },
  };
}
