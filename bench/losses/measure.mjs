// One run of a loss under watch: peak bytes, kernel calls, the process's own memory, and numbers to compare with another form's.
import * as tf from "@tensorflow/tfjs-core";

/**
 * Peak bytes beyond what is there when it begins, twice: of the buffers that exist, and as tfjs counts them (tf.memory().numBytes, where a clone or a
 * reshape, which share a buffer, count again). Kernels are counted by name, without those that a kernel calls within itself,
 * and again those that read or write a tensor of at least `large` entries.
 */
export function watch(run, large) {
  const engine = tf.engine();
  const { state } = engine;
  const begin = state.numBytes;
  const known = new Map();
  const kernels = {};
  const largeKernels = {};
  let depth = 0;
  const seen = { live: 0, buffers: 0, bytes: 0 };
  const { trackTensor, removeDataId, runKernelFunc } = engine;
  engine.trackTensor = function (tensor, backend) {
    const isNew = !state.tensorInfo.has(tensor.dataId);
    trackTensor.call(this, tensor, backend);
    if (isNew) {
      const bytes = state.tensorInfo.get(tensor.dataId).bytes;
      known.set(tensor.dataId, bytes);
      seen.live += bytes;
    }
    seen.buffers = Math.max(seen.buffers, seen.live);
    seen.bytes = Math.max(seen.bytes, state.numBytes - begin);
  };
  engine.removeDataId = function (dataId, backend) {
    seen.live -= known.get(dataId) ?? 0;
    known.delete(dataId);
    removeDataId.call(this, dataId, backend);
  };
  engine.runKernelFunc = function (params) {
    // A custom gradient's forward pass comes here too, without a name; what it calls are kernels like others.
    const { kernelName, inputs } = params;
    if (!kernelName || depth > 0) return runKernelFunc.call(this, params);
    depth++;
    try {
      const outputs = runKernelFunc.call(this, params);
      kernels[kernelName] = (kernels[kernelName] ?? 0) + 1;
      const isLarge = [outputs, Object.values(inputs)].flat().some((tensor) => tensor?.size >= large);
      if (isLarge) largeKernels[kernelName] = (largeKernels[kernelName] ?? 0) + 1;
      return outputs;
    } finally {
      depth--;
    }
  };
  try {
    const result = run();
    return { result, bytes: seen.bytes, buffers: seen.buffers, kernels, largeKernels };
  } finally {
    for (const name of ["trackTensor", "removeDataId", "runKernelFunc"]) delete engine[name];
  }
}

/** Value, gradients' lengths, the scalars' gradients, and the first entries of the image's gradient beside their root mean square. */
export function numbersOf({ value, grads }) {
  const [image, text, ...scalars] = grads.map((gradient) => gradient.dataSync());
  const length = (values) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const unit = length(image) / Math.sqrt(image.length);
  const first = Array.from(image.subarray(0, 4), (x) => x / unit);
  return [value.dataSync()[0], length(image), length(text), ...scalars.map((values) => values[0]), ...first];
}
