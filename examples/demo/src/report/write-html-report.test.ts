import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DefaultTreeAdapterTypes, html as namespaces } from "parse5";
import { beforeAll, describe, expect, it } from "vitest";
import { attribute, type Element, elementsOf, plain } from "../../../../packages/train/test/html-elements";
import { scratchFolder } from "../../../../test/scratch-folder";
import { syntheticData } from "../../test/synthetic-data";
import type { ReportData } from "./report-data";
import { writeHtmlReport } from "./write-html-report";

const HOSTILE = `</title></svg></style><script>alert("x")</script><img src='https://example.com/x.png' onerror=alert(1)> & "so"`;
/** Attributes by which a page loads something; a link in the text is none of them. */
const LOADING = new Set(["src", "srcset", "data", "poster", "action", "formaction", "background", "xlink:href"]);

let folder: string;
beforeAll(() => {
  folder = scratchFolder("file");
});

async function write(data: ReportData): Promise<string> {
  const path = join(folder, "index.html");
  await writeHtmlReport(path, data);
  return readFile(path, "utf8");
}

function section(elements: Element[], id: string): string {
  return plain(elements.find((element) => attribute(element, "id") === id)!);
}

describe("writeHtmlReport", () => {
  it("is one well-formed page that loads nothing and runs nothing", async () => {
    const markup = await write(syntheticData());
    const elements = elementsOf(markup);
    const names = new Set(elements.map(({ tagName }) => tagName));
    for (const loading of ["script", "iframe", "object", "embed", "audio", "video", "use"]) expect(names).not.toContain(loading);
    for (const element of elements) {
      for (const { name, value } of element.attrs) {
        if (LOADING.has(name)) expect(value).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
        if (name === "href" && element.tagName !== "a") expect(value).toBe("data:,");
        expect(name).not.toMatch(/^on/);
      }
    }
    expect(/.{0,60}(?:@import|url\()/.exec(markup)?.[0]).toBe(undefined);
    expect(attribute(elements.find((element) => attribute(element, "http-equiv") === "Content-Security-Policy")!, "content")).toContain(
      "default-src 'none'",
    );
    expect(await readdir(folder)).toEqual(["index.html"]); // no temporary file
  });

  it("is readable without seeing it and without a mouse", async () => {
    const elements = elementsOf(await write(syntheticData()));
    const ids = elements.map((element) => attribute(element, "id")).filter((id) => id !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    for (const element of elements) {
      if (element.tagName === "img") expect(attribute(element, "alt")).toMatch(/^Satellite patch: \S/);
      if (element.tagName === "svg")
        expect(attribute(element, "aria-hidden") === "true" || attribute(element, "role") === "img").toBe(true);
      if (attribute(element, "role") === "img") expect(attribute(element, "aria-label")).toMatch(/\w{3}/);
      if (attribute(element, "role") === "region") expect(attribute(element, "tabindex")).toBe("0");
      if (attribute(element, "href")?.startsWith("#")) expect(ids).toContain(attribute(element, "href")!.slice(1));
      if (element.tagName === "details") expect(element.childNodes.some(({ nodeName }) => nodeName === "summary")).toBe(true);
    }
    expect(elements.filter(({ tagName }) => tagName === "h1")).toHaveLength(1);
    expect(attribute(elements.find(({ tagName }) => tagName === "html")!, "lang")).toBe("en");
  });

  it("shows the numbers", async () => {
    const data = syntheticData();
    const elements = elementsOf(await write(data));
    const header = plain(elements.find(({ tagName }) => tagName === "header")!);
    for (const part of ["82.3 %", "2.5 times chance (33.3 %)", "10.5 points above the colour baseline (71.8 %)", "0.431"]) {
      expect(header).toContain(part);
    }
    for (const part of [
      "1.6 times the best fixed caption (0.262)",
      "7 min 42 s",
      "1.5 GiB",
      "wasm",
      "2 threads",
      "3,600 patches",
      "30 patches from regions",
    ]) {
      expect(header).toContain(part);
    }
    const scores = section(elements, "scores");
    for (const part of ["79.0 %", "61.0 %", "34.1 %", "71.8 %", "distillation won", "a difference of 1 patch of 30", "±7.0 points"]) {
      expect(scores).toContain(part);
    }
    expect(scores).toContain("bench/results/self-distillation.json");
    const captions = section(elements, "captions");
    for (const part of ["0.731", "0.411", "0.402", "0.581", "73.1 %", "the best wide and flat", "the commonest wide and flat"]) {
      expect(captions).toContain(part);
    }
    expect(section(elements, "about")).toContain("emaDecay: 0.999");
    expect(section(elements, "about")).toContain("3,600");
  });

  it("marks the best of each column", async () => {
    const data = syntheticData();
    data.summary.infoNceOnly.top1 = 0.9;
    data.summary.pretrained.balancedTop1 = data.summary.clip.balancedTop1;
    const elements = elementsOf(await write(data));
    const strong = elements.filter(({ tagName, parentNode }) => tagName === "strong" && parentNode?.nodeName === "td");
    const bold = (label: string) => strong.filter((element) => rowOf(element).startsWith(label)).map(plain);
    expect(bold("InfoNCE only")).toEqual(["90.0 %"]);
    expect(bold("Distilled")).not.toContain("82.3 %");
    expect(bold("Distilled")).toContain("78.3 %");
    expect(bold("Pre-trained")).toEqual(["78.3 %"]);
  });

  it("draws curves, matrix and map in place, with the page's colours", async () => {
    const data = syntheticData();
    const elements = elementsOf(await write(data));
    const pictures = elements.filter((element) => attribute(element, "role") === "img");
    expect(pictures).toHaveLength(8); // six of curves, matrix, map
    for (const picture of pictures) expect(picture.namespaceURI).toBe(namespaces.NS.SVG);
    const wrong = data.patches.filter(({ label, classes }) => classes[0]!.label !== label).length;
    const titles = elements.filter(({ tagName, parentNode }) => tagName === "title" && parentNode?.nodeName === "path").map(plain);
    expect(titles).toHaveLength(data.patches.length);
    expect(titles.filter((title) => title.includes("recognised"))).toHaveLength(data.patches.length - wrong);
    expect(titles.filter((title) => title.includes("called"))).toHaveLength(wrong);
    expect(section(elements, "map")).toContain(`wrong (${wrong})`);
    const matrix = pictures.find((picture) => attribute(picture, "aria-label")?.startsWith("Confusion"))!;
    const counts = data.confusion.flat().filter((count) => count > 0);
    const cells = elements.filter((element) => element.tagName === "text" && isInside(element, matrix)).map(plain);
    expect(cells.filter((cell) => /^\d+$/.test(cell)).sort()).toEqual(counts.map(String).sort());
  });

  it("shows patches of every class, and the hits of searches with own ones marked", async () => {
    const data = syntheticData();
    const elements = elementsOf(await write(data));
    const cards = elements.filter((element) => element.tagName === "article" && attribute(element, "class")?.startsWith("card"));
    expect(cards).toHaveLength(24);
    expect(cards.filter((card) => plain(card).includes("✓ recognised"))).toHaveLength(
      cards.filter((card) => attribute(card, "class") === "card right").length,
    );
    const queries = elements.filter((element) => attribute(element, "class") === "query");
    expect(queries).toHaveLength(5);
    const own = elements.filter((element) => attribute(element, "class") === "mine");
    expect(own).toHaveLength(4); // each of three patches has its caption; of two captions one finds its patch
    expect(queries.filter((query) => plain(query).includes("its own patch is not among these"))).toHaveLength(1);
  });

  it("escapes captions, class names and file names", async () => {
    const data = syntheticData({ classes: ["ocean", `<b>${HOSTILE}`, `'"><script>2</script>`], words: HOSTILE });
    data.patches.forEach((patch) => {
      patch.filename = `${HOSTILE}.png`;
    });
    data.summary.backend = HOSTILE;
    const elements = elementsOf(await write(data));
    const names = elements.map(({ tagName }) => tagName);
    expect(names).not.toContain("script");
    expect(elements.filter(({ tagName }) => tagName === "style")).toHaveLength(1);
    for (const element of elements) expect(element.attrs.map(({ name }) => name)).not.toContain("onerror");
    expect(section(elements, "captions")).toContain(`the best ${HOSTILE}`);
    expect(section(elements, "confusion")).toContain(`<b>${HOSTILE}`);
    expect(section(elements, "map")).toContain(`${HOSTILE}.png`);
  });

  it("says so where nothing was trained, nothing predicted, nothing wrong", async () => {
    const resumed = elementsOf(await write(syntheticData({ steps: 0 })));
    expect(section(resumed, "training").match(/No step was recorded/g)).toHaveLength(6);
    expect(section(resumed, "confusion")).toContain("Never predicted: ice sheet.");

    const perfect = syntheticData({ steps: 1 });
    perfect.patches.forEach((patch) => {
      patch.classes = [{ label: patch.label, probability: 1 }];
    });
    perfect.confusion = perfect.confusion.map((row, i) => row.map((_, j) => (i === j ? 10 : 0)));
    const elements = elementsOf(await write(perfect));
    expect(section(elements, "confusion")).toContain("every test patch is recognised");
    expect(section(elements, "map")).toContain("wrong (0)");
  });

  it("never writes a number that is none", async () => {
    const data = syntheticData({ steps: 3 });
    data.summary.bestFixedCaption.bleu4 = 0;
    data.summary.captioner.bleu4 = Number.NaN;
    data.curves.distilled[1]!.loss = { total: Number.NaN };
    data.curves.distilled[1]!.logs = {};
    data.patches[0]!.classes[0]!.probability = Number.NaN;
    data.confusion[0] = [0, 0, 0];
    const markup = await write(data);
    elementsOf(markup);
    const shown = markup.replace(/data:image\/png[^"]*/g, ""); // letters of base64 may spell anything
    expect(/.{0,60}(?:NaN|undefined|Infinity|\[object)/.exec(shown)?.[0]).toBe(undefined);
  });

  it("keeps captions of any length", async () => {
    const long = `${"far and wide ".repeat(200)}end`;
    const elements = elementsOf(await write(syntheticData({ words: long })));
    expect(section(elements, "gallery")).toContain(long);
  });

  it("says why it could not be written", async () => {
    await expect(writeHtmlReport(join(folder, "none", "index.html"), syntheticData({ patches: 12 }))).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });
});

/** Text of the table row that an element is in. */
function rowOf(element: Element): string {
  const cell = element.parentNode as Element;
  return plain(cell.parentNode as Element);
}

function isInside(element: Element, ancestor: Element): boolean {
  for (let node: DefaultTreeAdapterTypes.ParentNode | null = element.parentNode; node; ) {
    if (node === ancestor) return true;
    node = "parentNode" in node ? node.parentNode : null;
  }
  return false;
}
