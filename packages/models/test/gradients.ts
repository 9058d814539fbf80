import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "../src/parameters";

/** A loss and the gradient of each trainable weight, in memory's layout. */
export function lossAndGradients(parameters: Parameters, loss: () => tf.Scalar): { loss: number; gradients: Map<string, Float32Array> } {
  const trainable = parameters.trainable();
  const { value, grads } = tf.variableGrads(
    loss,
    trainable.map(({ variable }) => variable),
  );
  const result = {
    loss: value.dataSync()[0]!,
    gradients: new Map(trainable.map(({ name, variable }) => [name, grads[variable.name]!.dataSync<"float32">()])),
  };
  tf.dispose([value, grads]);
  return result;
}
