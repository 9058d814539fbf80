// An annotation of NWPU-Captions' form and size, of made-up captions: 45 classes of 700 images, five captions each, with their tokens.
const CLASSES = 45;
const IMAGES_A_CLASS = 700;
const WORDS = "there are many green trees near the long river and a wide road with some white buildings beside it in the dense area".split(
  " ",
);

/** The text of dataset_nwpu.json. */
export function annotation() {
  let state = 1;
  const word = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return WORDS[state % WORDS.length];
  };
  const sentence = () => Array.from({ length: 12 }, word).join(" ");
  const image = (name, i, imgid) => ({
    ...{ filesize: 20_000, filename: `${name}_${String(i + 1).padStart(3, "0")}.jpg`, imgid },
    split: imgid % 10 === 8 ? "val" : imgid % 10 === 9 ? "test" : "train",
    ...Object.fromEntries([0, 1, 2, 3, 4].map((n) => [n === 0 ? "raw" : `raw_${n}`, `${sentence()} .`])),
  });
  const classes = Array.from({ length: CLASSES }, (_, c) => `class_${String.fromCharCode(97 + (c % 26))}${c}`);
  const entries = classes.map((name, c) => [
    name,
    Array.from({ length: IMAGES_A_CLASS }, (_, i) => image(name, i, c * IMAGES_A_CLASS + i)),
  ]);
  return JSON.stringify(Object.fromEntries(entries));
}

/** The names of the files that it describes. */
export function imageNames(json) {
  return Object.entries(json).flatMap(([name, images]) => images.map(({ filename }) => `NWPU_images/${name}/${filename}`));
}
