import * as tf from "@tensorflow/tfjs-core";
import { onEachBackend } from "../../../test/tensors";
import distillation from "../src/fixtures/distillationLoss.json";
import accuracy from "../src/fixtures/inBatchAccuracy.json";
import infoNCEGolden from "../src/fixtures/infoNCE.json";
import rsdix from "../src/fixtures/rsdixLoss.json";
import selfDistillation from "../src/fixtures/selfDistillationLoss.json";
import sigmoid from "../src/fixtures/sigmoidLoss.json";
import sinkhornGolden from "../src/fixtures/sinkhorn.json";
import supervised from "../src/fixtures/supervisedContrastive.json";
import targets from "../src/fixtures/teacherTargets.json";
import {
  distillationLoss,
  inBatchAccuracy,
  infoNCE,
  rsdixLoss,
  selfDistillationLoss,
  sigmoidLoss,
  sinkhorn,
  supervisedContrastive,
  teacherTargets,
} from "../src/index";
import { agreesWithPyTorch, forEachForm, type GoldenLoss } from "./golden";

onEachBackend("golden values", (backend) => {
  forEachForm(backend, (form, tiles, some) => {
    agreesWithPyTorch(
      `infoNCE, ${form}`,
      infoNCEGolden,
      ({ image, text, logitScale }, options) => infoNCE(image!, text!, { logitScale: logitScale!, ...options, ...tiles }),
      some,
    );

    const supervisedLoss: GoldenLoss = ({ image, text, logitScale, imageLabels, textLabels, positives }, options) => {
      const int32 = (labels: tf.Tensor) => tf.cast<tf.Tensor1D>(labels as tf.Tensor1D, "int32");
      const partners = positives ? { positives } : { labels: { image: int32(imageLabels!), text: int32(textLabels!) } };
      return supervisedContrastive(image!, text!, { logitScale: logitScale!, ...partners, ...options, ...tiles });
    };
    agreesWithPyTorch(`supervisedContrastive, ${form}`, supervised, supervisedLoss, some);

    const sigmoidOf: GoldenLoss = ({ image, text, logitScale, logitBias, labels }, { reference, ...options }) => {
      const soft = labels ? { labels, reference: reference as boolean } : {};
      return sigmoidLoss(image!, text!, { logitScale: logitScale!, logitBias: logitBias!, ...soft, ...options, ...tiles });
    };
    agreesWithPyTorch(`sigmoidLoss, ${form}`, sigmoid, sigmoidOf, some);

    agreesWithPyTorch(
      `selfDistillationLoss, ${form}`,
      selfDistillation,
      ({ logitScale, ...embeddings }, options) =>
        selfDistillationLoss(embeddings as never, { logitScale: logitScale!, ...options, ...tiles }),
      some,
    );

    agreesWithPyTorch(
      `rsdixLoss, ${form}`,
      rsdix,
      ({ logitScale, distillationScale, ...embeddings }, options) =>
        rsdixLoss(embeddings as never, { logitScale: logitScale!, distillationScale: distillationScale!, ...options, ...tiles }),
      some,
    );
  });

  agreesWithPyTorch("sinkhorn", sinkhornGolden, ({ cost, ...marginals }, options) => sinkhorn(cost!, { ...options, ...marginals }));

  agreesWithPyTorch("teacherTargets", targets, (embeddings, options) => teacherTargets(embeddings as never, options));

  agreesWithPyTorch("distillationLoss", distillation, ({ similarities, imageTargets, textTargets, logitScale }, options) =>
    distillationLoss(similarities!, { image: imageTargets!, text: textTargets! }, { logitScale: logitScale!, ...options }),
  );

  agreesWithPyTorch("inBatchAccuracy", accuracy, ({ image, text }) => inBatchAccuracy(image!, text!));
});
