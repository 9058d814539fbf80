import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { KNOWN_SETS } from "../cli/known-sets";

it("every set stands in the README with its published counts", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const rows = readme.split("\n").flatMap((line) => {
    const [, loader, id, title, ...numbers] = line.split("|").map((cell) => cell.trim());
    return /^`\w+`, `[A-Z0-9_]+`$/.test(loader ?? "") ? [{ id, title, numbers: numbers.slice(0, 4) }] : [];
  });
  expect(rows).toEqual(
    KNOWN_SETS.map(({ id, title, counts, imageSize, sources }) => ({
      id: `\`${id}\``,
      title: `[${title.replace(" (Sentinel-2 Land-cover Captioning Dataset)", "")}](${sources[0]!.split(" ")[0]})`,
      numbers: [
        counts.images.toLocaleString("en"),
        imageSize ? `${imageSize.width} x ${imageSize.height}` : "differ",
        counts.captions?.toLocaleString("en") ?? "",
        counts.classes?.toLocaleString("en") ?? "",
      ],
    })),
  );
});
