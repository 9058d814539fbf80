import { expect, it } from "vitest";
import { withoutAdvice } from "../src/worker/advice";

it.each([
  [
    "config.json isn't valid JSON (Unexpected token). It may be truncated: fetch or write it again.",
    "config.json isn't valid JSON (Unexpected token). It may be truncated.",
  ],
  [
    "A CLIP's config.json can't be used: \"text_config\" is missing. Mend it, or get the model's files again.",
    "A CLIP's config.json can't be used: \"text_config\" is missing.",
  ],
  ['"a.png" of my can\'t be read any more (gone). Pick it again.', '"a.png" of my can\'t be read any more (gone).'],
  ["caption: the loss is NaN (of step 3). Lower the learning rate or clip gradients.", "caption: the loss is NaN (of step 3)."],
  ["x.tif ends early: it may be truncated, fetch or write it again.", "x.tif ends early: it may be truncated."],
  ["Get a.png.", "Get a.png."],
  ["Failed to fetch", "Failed to fetch."],
])("what %s says to do is left to what comes after it", (message, short) => {
  expect(withoutAdvice(message)).toBe(short);
});
