import { expect, test } from "vitest";
import { type CellOutput, differences, type FigureOutput } from "./outputs.ts";

const cell = (text: string[], figures: FigureOutput[] = []): CellOutput[] => [{ cell: 3, text, figures }];
const compare = (actual: string, stored: string) => differences(cell([actual]), cell([stored]), 0.01);

test("numbers may differ by a share, and by one of the last decimal, and no further", () => {
  expect(compare("loss 10.05, 1,005 steps", "loss 10.00, 1,000 steps")).toEqual([]);
  expect(compare("loss 10.12", "loss 10.00")).toEqual(['cell 3: "loss 10.12", stored is "loss 10.00"']);
  expect(compare(".01", "0")).toEqual([]);
  expect(compare(".02", "0")).toHaveLength(1);
  expect(compare("13 patches", "12 patches")).toHaveLength(1);
  expect(compare("−0.50", "-0.50")).toEqual([]);
  expect(compare("−0.50", "0.50")).toHaveLength(1);
  expect(compare("2.1e-7", "2.2e-7")).toEqual([]);
  expect(compare("2.1e-7", "2.4e-7")).toHaveLength(1);
});

test("words may not differ, nor numbers within words", () => {
  expect(compare("bleu4 is 0.5", "bleu3 is 0.5")).toHaveLength(1);
  expect(compare("on wasm", "on cpu")).toHaveLength(1);
  expect(compare("NaN", "0.5")).toHaveLength(1);
});

test("lines, cells and figures are all there, or it is said which are not", () => {
  const figure = (marks: Record<string, number>, texts: string[] = []) => cell([], [{ marks, texts, drawn: [] }]);
  expect(differences(cell(["a"]), cell(["a", "b"]), 0)).toEqual(['cell 3: shows 1 lines (["a"]), stored are 2 (["a","b"])']);
  expect(differences([], cell(["a"]), 0)).toEqual(["cell 3: shows nothing, but something is stored"]);
  expect(differences(cell(["a"]), [], 0)).toEqual(["cell 3: shows something that is not stored"]);
  expect(differences(figure({ cell: 4 }), figure({ cell: 9 }), 0)).toEqual(['cell 3: figures have [{"cell":4}], stored are [{"cell":9}]']);
  expect(differences(figure({ text: 1 }, [".50"]), figure({ text: 1 }, [".49"]), 0)).toEqual([]);
  expect(differences(figure({ text: 1 }, [".50"]), figure({ text: 1 }, [".40"]), 0)).toEqual(['cell 3: ".50", stored is ".40"']);
});

test("pictures and curves may differ by a share of their range, and by 2 of 100, and no further", () => {
  const figure = (...drawn: string[]) => cell([], [{ marks: { canvas: 1 }, texts: [], drawn }]);
  expect(differences(figure("50 60 70, 0 0 2"), figure("48 60 72, 0 0 0"), 0.01)).toEqual([]);
  expect(differences(figure("50 60 70"), figure("47 60 70"), 0.01)).toEqual(['cell 3: draws "50 60 70", stored is "47 60 70"']);
  expect(differences(figure("50 60"), figure("35 75"), 0.15)).toEqual([]);
  expect(differences(figure("50 60"), figure("34 60"), 0.15)).toHaveLength(1);
  expect(differences(figure("NaN"), figure("0"), 0.15)).toHaveLength(1);
  expect(differences(figure("1 2"), figure("1 2 3"), 0.15)).toHaveLength(1);
  expect(differences(figure("1"), figure("1", "2"), 0)).toEqual(["cell 3: draws 1 images, curves and groups of cells, stored are 2"]);
});
