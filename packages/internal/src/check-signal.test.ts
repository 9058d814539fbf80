import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { checkSignal } from "./index";

const methods = { addEventListener() {}, removeEventListener() {} };

it("takes no signal, those of AbortControllers, aborted or not, and others that have what is used", () => {
  for (const signal of [
    undefined,
    new AbortController().signal,
    AbortSignal.abort(),
    AbortSignal.timeout(1e6),
    { aborted: false, ...methods },
  ])
    expect(() => checkSignal(signal)).not.toThrow();
});

it.each([
  ...[null, 5, true, "x", [], {}, Number.NaN, new AbortController(), new EventTarget(), { aborted: false }, { ...methods }],
  ...[
    { ...methods, aborted: 0 },
    { ...methods, aborted: true, addEventListener: 1 },
    { ...methods, aborted: true, removeEventListener: 1 },
  ],
])("refuses what could stop nothing, or never be let go of: %j", (signal) => {
  expect(() => checkSignal(signal)).toThrow(refusal("INVALID_ARGUMENT", /^signal must be an AbortSignal, got /));
});

it("names the option, what came, and what to give", () => {
  const message = /^fit: signal must be an AbortSignal, got \[object Object\]\. Give the signal of an AbortController\.$/;
  expect(() => checkSignal({}, "fit: signal")).toThrow(refusal("INVALID_ARGUMENT", message));
});
