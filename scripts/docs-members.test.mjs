import { expect, it } from "vitest";
import { missingOf } from "./lib/missing-docs.mjs";

it("wants a comment for each member of a constant that has no type whose members have them", () => {
  const code = `
/** One. */
export const LIMITS = {
  /** In bytes. */
  size: 3,
  lost: 4,
} as const;
/** Two. */
export const FROZEN = Object.freeze({ gone: 1 });
/** Three. */
export const WRITTEN: { missing: number } = { missing: 1 };
/** Four. */
export const TYPED: Doubling = { times: 1 };
`;
  const members = ["LIMITS.lost", "FROZEN.gone", "WRITTEN.missing"];
  expect(missingOf(code)).toEqual(members.map((name) => `${name}: no comment`));
});

it("wants comments of the members of a type, wherever they are written in it, and of those that it hides", () => {
  const code = `
/** One. */
export type List = Array<{ inList: number }>;
/** Two. */
export type Fixed = Readonly<Record<"a", { inRecord: number }>>;
/** Three. */
export type Chosen<T> = T extends { pattern: number } ? { inChoice: number } : never;
interface Hidden {
  inherited: number;
  /** Told below. */
  told: number;
}
/** Four. */
export interface Shown extends Hidden {
  /** Told. */
  told: 1;
}
/** Five. */
export const DEFAULTS = { times: 1 } satisfies Doubling;
/** Six. */
export type Embed = (texts: string[]) => Promise<Tensor>;
/** Seven. */
export interface Embedder {
  /** Eight. */
  embed(x: Tensor): number;
}
`;
  expect(missingOf(code)).toEqual([
    ...["List.inList", "Fixed.inRecord", "Chosen.inChoice", "Shown.inherited"].map((name) => `${name}: no comment`),
    ...["Embed", "Embedder.embed"].map((name) => `${name}: its comment names no shape in brackets`),
  ]);
});

it("wants comments of members that come from what is no public name, by whichever way, and not of those that don't come", () => {
  const code = `
interface Hidden {
  plain: number;
  /** Told. */
  told: number;
  left: number;
}
const LIMITS = {
  size: 1,
  /** Told. */
  depth: 2,
};
type Sized = { width: number };
const counted = <T extends new (...args: any[]) => object>(Base: T) => class extends Base { count = 1; };
/** Shown, and described where it is. */
export interface Open {
  /** Told. */
  opened: number;
}
/** One. */
export interface ByOmit extends Omit<Hidden, "left"> {}
/** Two. */
export interface ByPick extends Pick<Hidden, "left">, Partial<Open> {}
/** Three. */
export type ByTypeof = typeof LIMITS;
/** Four. */
export type ByName = Readonly<Sized> & Open;
/**
 * Five.
 * @example
 * \`\`\`ts
 * new ByMixin();
 * \`\`\`
 */
export class ByMixin extends counted(Object) {}
`;
  const members = ["ByOmit.plain", "ByPick.left", "ByTypeof.size", "ByName.width", "ByMixin.count"];
  expect(missingOf(code).sort()).toEqual(members.map((name) => `${name}: no comment`).sort());
});
