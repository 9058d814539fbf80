/** Small annotations with the fields, the order and the oddities of the real ones, as values and as text. */

/** `count` images in the form of dataset_rsicd.json: fields in its order, tokens, sentids that go on, images of three splits. */
export function rsicdJson(count: number, ending = ".jpg") {
  const images = Array.from({ length: count }, (_, imgid) => ({
    filename: `airport_${imgid + 1}${ending}`,
    imgid,
    sentences: [0, 1, 2, 3, 4].map((i) => ({
      tokens: ["many", "planes", "near", "building", String(imgid)],
      raw: `many planes near building ${imgid} .`,
      imgid,
      sentid: imgid * 5 + i,
    })),
    split: ["train", "train", "val", "test"][imgid % 4]!,
    sentids: [0, 1, 2, 3, 4].map((i) => imgid * 5 + i),
  }));
  return { images, dataset: "RSICD" };
}

/** UCM-Captions': the images are TIFF files that are named by numbers. */
export function ucmdJson(count: number) {
  const { images } = rsicdJson(count, ".tif");
  return { images: images.map((image) => ({ ...image, filename: `${image.imgid + 1}.tif` })), dataset: "UCM_captions" };
}

/** NWPU-Captions': a list a class, captions in raw, raw_1, ...; file names come again in other classes when `repeat` is set. */
export function nwpuJson(classes: readonly string[], each: number, repeat = false) {
  const lists = classes.map((name, c) => {
    const images = Array.from({ length: each }, (_, i) => ({
      filename: repeat ? `${String(i + 1).padStart(3, "0")}.jpg` : `${name}_${String(i + 1).padStart(3, "0")}.jpg`,
      imgid: c * each + i,
      split: ["train", "train", "val", "test"][i % 4]!,
      raw: `A ${name} number ${i} is surrounded by green trees and some grey buildings.`,
      raw_1: `There are some grey buildings and green trees beside the ${name} ${i}.`,
      raw_2: `Green trees are on the left of the ${name} ${i} in the picture.`,
      raw_3: `The ${name} ${i} is near a road with some cars on it.`,
      raw_4: `A road with some cars passes by the ${name} ${i} and the green trees.`,
    }));
    return [name, images] as const;
  });
  return Object.fromEntries(lists);
}

/** S2LCD's XML as CVAT exports it, with a version, a task's description and masks' run lengths. */
export function s2lcdXml(count: number): string {
  const images = Array.from({ length: count }, (_, id) => {
    const masks = ["Dense forest &amp; bare soil.", "Forest area next to grasslands.", "Woody areas &lt;near&gt; a town."].map(
      (label) =>
        `    <mask label="${label} (${id})" source="manual" occluded="0" rle="3, 5" left="0" top="0" width="2" height="4" z_order="0">\n    </mask>`,
    );
    return `  <image id="${id}" name="S2A_L1C_20150925_N0204R065_${id}.tif" width="224" height="224">\n${masks.join("\n")}\n  </image>`;
  });
  const meta = "  <version>1.1</version>\n  <meta>\n    <task>\n      <name>land cover</name>\n    </task>\n  </meta>";
  return `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n${meta}\n${images.join("\n")}\n</annotations>\n`;
}

/** S2LCD's JSON: Karpathy's form without splits. */
export function s2lcdJson(count: number) {
  const images = Array.from({ length: count }, (_, imgid) => ({
    filename: `S2A_L1C_20150925_N0204R065_${imgid}.tif`,
    imgid,
    sentences: [1, 2, 3, 4, 5].map((i) => ({ raw: `Dense forest and bare soil, ${i} of ${imgid}.` })),
  }));
  return { images };
}
