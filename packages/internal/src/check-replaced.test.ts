import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { checkReplaced } from "./index";

const usual = { fraction: [0.3, 0.5], augMin: 1, augMax: 10 } as const;

it("takes a share from a range, from none to all, and numbers of words that may be the same", () => {
  for (const given of [{}, { fraction: [0, 1] }, { fraction: [0.2, 0.2] }, { augMin: 0, augMax: 0 }] as const)
    expect(() => checkReplaced({ ...usual, ...given })).not.toThrow();
});

it.each<[given: object, message: RegExp]>([
  [{ fraction: 0.3 }, /^fraction must be \[smallest, largest\], got 0\.3\.$/],
  [{ fraction: null }, /^fraction must be \[smallest, largest\], got null\.$/],
  [{ fraction: [0.3] }, /^fraction must be \[smallest, largest\], got \[0\.3\]\.$/],
  [{ fraction: [0.5, 0.3] }, /^fraction must be \[smallest, largest\], got \[0\.5, 0\.3\]\.$/],
  [
    { fraction: [0.1, Object.create(null), undefined] },
    /^fraction must be \[smallest, largest\], got \[0\.1, \[object Object\], undefined\]\.$/,
  ],
  [{ fraction: [-0.1, 0.3] }, /^fraction\[0\] must be a finite number at least 0 and at most 1, got -0\.1\.$/],
  [{ fraction: [0.5, 2] }, /^fraction\[1\] must be .* at most 1, got 2\.$/],
  [{ fraction: [0.5, Number.NaN] }, /^fraction\[1\] must be .*got NaN\.$/],
  [{ augMin: 0.5 }, /^augMin must be a whole number at least 0, got 0\.5\.$/],
  [{ augMin: 3, augMax: 2 }, /^augMax must be a whole number at least 3, got 2\.$/],
])("refuses %j", (given, message) => {
  expect(() => checkReplaced({ ...usual, ...given } as never)).toThrow(refusal("INVALID_ARGUMENT", message));
});
