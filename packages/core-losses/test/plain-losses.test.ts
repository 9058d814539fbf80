import { describe, expect, it } from "vitest";
import distillation from "../src/fixtures/distillationLoss.json";
import infoNCE from "../src/fixtures/infoNCE.json";
import rsdix from "../src/fixtures/rsdixLoss.json";
import selfDistillation from "../src/fixtures/selfDistillationLoss.json";
import sigmoid from "../src/fixtures/sigmoidLoss.json";
import similarityMSE from "../src/fixtures/similarityMSE.json";
import sinkhorn from "../src/fixtures/sinkhorn.json";
import supervised from "../src/fixtures/supervisedContrastive.json";
import teacherTargets from "../src/fixtures/teacherTargets.json";
import { casesOf, type GoldenCase, rowsOf } from "./golden";
import {
  distillationLosses,
  infoNCELosses,
  type Matrix,
  type PlainTargetOptions,
  plainSinkhorn,
  plainTeacherTargets,
  positivesOfLabels,
  products,
  reduced,
  sigmoidLosses,
  similarityMSELosses,
  supervisedLosses,
} from "./plain-losses";

const matrixOf = (given: GoldenCase, name: string): Matrix => rowsOf(given.inputs[name] ?? given.constants[name])!;
const number = (given: GoldenCase, name: string): number =>
  (given.inputs[name]?.values.map(Math.fround)[0] ?? given.options[name]) as number;
const list = (given: GoldenCase, name: string) => given.constants[name]?.values.map(Math.fround);

/** What another way of computing the loss must give, in double precision: both ways are exact to about ten digits. */
function expectExact(given: GoldenCase, actual: Record<string, number[]>) {
  for (const [name, values] of Object.entries(actual)) expect(values).toBeAllclose(given.results[name]!.value, { rtol: 2e-8, atol: 1e-9 });
}

const targetsOf = (given: GoldenCase, image: string, text: string, sentence: string) =>
  plainTeacherTargets(matrixOf(given, image), matrixOf(given, text), number(given, "lambda"), number(given, "iterations"), {
    ...(given.options as PlainTargetOptions),
    sentence: rowsOf(given.constants[sentence]),
  });

describe("the plain formulas agree with PyTorch in double precision:", () => {
  it.each(casesOf(infoNCE))("infoNCE %s", (_, given) => {
    const losses = infoNCELosses(
      matrixOf(given, "image"),
      matrixOf(given, "text"),
      number(given, "logitScale"),
      number(given, "labelSmoothing"),
    );
    expectExact(given, { loss: reduced(losses, given.options.reduction as string) });
  });

  it.each(casesOf(supervised))("supervisedContrastive %s", (_, given) => {
    const positives = rowsOf(given.constants.positives) ?? positivesOfLabels(list(given, "imageLabels")!, list(given, "textLabels")!);
    const [image, text] = [matrixOf(given, "image"), matrixOf(given, "text")];
    const losses = supervisedLosses(image, text, number(given, "logitScale"), positives, number(given, "labelSmoothing"));
    expectExact(given, { loss: reduced(losses, given.options.reduction as string) });
  });

  it.each(casesOf(sigmoid))("sigmoidLoss %s", (_, given) => {
    const [image, text] = [matrixOf(given, "image"), matrixOf(given, "text")];
    const options = { labels: rowsOf(given.constants.labels), reference: given.options.reference as boolean };
    const losses = sigmoidLosses(image, text, number(given, "logitScale"), number(given, "logitBias"), options);
    expectExact(given, { loss: reduced(losses, given.options.reduction as string) });
  });

  // The smallest lambdas overflow without a logarithm: they are PyTorch's alone.
  it.each(casesOf(sinkhorn).filter(([, { options }]) => (options.lambda as number) > 5e-3))("sinkhorn %s", (_, given) => {
    const marginals = { rowMarginal: list(given, "rowMarginal"), columnMarginal: list(given, "columnMarginal") };
    const q = plainSinkhorn(matrixOf(given, "cost"), number(given, "lambda"), number(given, "iterations"), marginals);
    expectExact(given, { loss: q.flat() });
  });

  it.each(casesOf(teacherTargets))("teacherTargets %s", (_, given) => {
    const targets = targetsOf(given, "image", "text", "sentence");
    expectExact(given, { image: targets.image.flat(), text: targets.text.flat() });
  });

  it.each(casesOf(distillation))("distillationLoss %s", (_, given) => {
    const targets = { image: matrixOf(given, "imageTargets"), text: matrixOf(given, "textTargets") };
    const losses = distillationLosses(matrixOf(given, "similarities"), targets, number(given, "logitScale"));
    expectExact(given, { loss: reduced(losses, given.options.reduction as string) });
  });

  it.each(casesOf(selfDistillation))("selfDistillationLoss %s", (_, given) => {
    const similarities = products(matrixOf(given, "image"), matrixOf(given, "text"));
    const targets = targetsOf(given, "teacherImage", "teacherText", "teacherSentence");
    const losses = distillationLosses(similarities, targets, number(given, "logitScale"));
    expectExact(given, { loss: reduced(losses, given.options.reduction as string) });
  });

  it.each(casesOf(rsdix))("rsdixLoss %s", (_, given) => {
    const [image, text, alpha] = [matrixOf(given, "image"), matrixOf(given, "text"), number(given, "alpha")];
    const reduction = given.options.reduction as string;
    const contrastive = reduced(infoNCELosses(image, text, number(given, "logitScale"), number(given, "labelSmoothing")), reduction);
    const targets = targetsOf(given, "teacherImage", "teacherText", "teacherSentence");
    const distilled = reduced(distillationLosses(products(image, text), targets, number(given, "distillationScale")), reduction);
    expectExact(given, {
      total: contrastive.map((value, k) => alpha * value + (1 - alpha) * distilled[k]!),
      contrastive,
      distillation: distilled,
    });
  });

  it.each(casesOf(similarityMSE))("similarityMSE %s", (_, given) => {
    const { reduction, reference } = given.options as { reduction: string; reference: boolean };
    const parts = similarityMSELosses(matrixOf(given, "image"), matrixOf(given, "text"), matrixOf(given, "sentence"));
    const how = reference && reduction === "sum" ? "mean" : reduction;
    expectExact(given, Object.fromEntries(Object.entries(parts).map(([name, losses]) => [name, reduced(losses, how)])));
  });
});
