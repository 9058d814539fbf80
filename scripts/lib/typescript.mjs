// TypeScript's compiler.
import { installed } from "./installed.mjs";

export const { default: ts } = await installed(() => import("typescript"));
