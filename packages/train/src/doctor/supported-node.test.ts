import { expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { isSupportedNode, SUPPORTED_NODE } from "./supported-node";

it("is the range of the manifest", () => {
  expect(SUPPORTED_NODE).toBe(manifest.engines.node);
});

it.each([
  ["18.20.8", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["20.20.2", true],
  ["21.7.3", false],
  ["22.0.0", false],
  ["22.11.0", false],
  ["22.12.0", true],
  ["23.0.0", true],
  ["24.1.0", true],
])("of Node %s says %o", (version, expected) => {
  expect(isSupportedNode(version)).toBe(expected);
});
