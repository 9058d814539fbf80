import { randomBytes } from "node:crypto";

/** A name beside `path` that nobody else has: no other process, and nothing else in this one. */
export function privateName(path: string, ending: string): string {
  return `${path}.${process.pid}-${randomBytes(6).toString("hex")}.${ending}`;
}
