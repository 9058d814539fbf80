import { defineConfig } from "vite";
import { studioFiles } from "./build/files.ts";
import { precache } from "./build/precache.ts";

/** TensorFlow.js in chunks of its own: a backend is loaded when it is started. */
const tfjs = (id: string) => {
  const [, name] = /node_modules[\\/]@tensorflow[\\/](tfjs[^\\/]*)/.exec(id) ?? [];
  return name === undefined ? undefined : name;
};

export default defineConfig({
  base: "./",
  plugins: [studioFiles(), precache()],
  worker: { format: "es", rolldownOptions: { output: { codeSplitting: { groups: [{ name: tfjs, debugName: "tfjs" }] } } } },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 2000,
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
});
