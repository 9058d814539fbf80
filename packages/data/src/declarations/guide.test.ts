import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KNOWN_SETS } from "../cli/known-sets";
import { HUB } from "./class-set";

it("the guide to the paper has every set with its paper and where it is published", () => {
  const guide = readFileSync(new URL("../../../../docs/guides/reproduce-the-paper.md", import.meta.url), "utf8");
  const lines = guide.split("\n").filter((line) => /^- .*, `[a-z0-9-]+`: /.test(line));
  expect(lines).toEqual(
    KNOWN_SETS.map(({ id, title, citation, sources }) => {
      const own = sources.filter((source) => source !== HUB).map((source) => source.split(" ")[0]!);
      const name = own.length > 0 ? `[${title}](${own[0]})` : title;
      return `- ${name}, \`${id}\`: ${citation.replace(/, (https:\S+)$/, " ($1)").replace(/(?<!\.)$/, ".")}`;
    }),
  );
  expect(guide).toContain(HUB);
});
