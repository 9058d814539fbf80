import { bytesOf } from "./torch-files";

type Part = string | number | Uint8Array;

/** A pickle: text stands for itself (opcodes, lines), a number for a byte. Starts with protocol 2 and stops. */
export function pickle(...parts: readonly Part[]): Uint8Array {
  return raw(0x80, 2, ...parts, ".");
}

/** The same without a start and an end. */
export function raw(...parts: readonly Part[]): Uint8Array {
  return bytesOf(
    ...parts.map((part) => {
      if (typeof part === "number") return Uint8Array.of(part);
      return typeof part === "string" ? new TextEncoder().encode(part) : part;
    }),
  );
}

/** Text, as BINUNICODE. */
export function str(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return bytesOf(Uint8Array.of(0x58), [bytes.length, 4], bytes);
}

/** A whole number, as LONG1. */
export function int(value: number | bigint): Uint8Array {
  return bytesOf(Uint8Array.of(0x8a, 9), [BigInt.asUintN(64, BigInt(value)), 8], Uint8Array.of(value < 0 ? 255 : 0));
}

/** A tuple. */
export function tuple(...items: readonly Part[]): Uint8Array {
  return raw("(", ...items, "t");
}

/** A class or function by name. */
export function named(module: string, name: string): Uint8Array {
  return raw(`c${module}\n${name}\n`);
}

/** The same bytes again and again. */
export function repeated(count: number, ...bytes: readonly number[]): Uint8Array {
  const result = new Uint8Array(count * bytes.length);
  for (let i = 0; i < result.length; i++) result[i] = bytes[i % bytes.length]!;
  return result;
}
