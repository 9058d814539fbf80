import { defineConfig } from "vitest/config";
import { projects } from "./vitest.workspace.ts";

export default defineConfig({ test: { projects, globalSetup: "./test/global.ts", passWithNoTests: false, silent: "passed-only" } });
