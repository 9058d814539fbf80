import * as tf from "@tensorflow/tfjs-core";

/** Puts a mended kernel, which may call the stock one, in the place of a backend's; does nothing where the backend has none of that name. */
export function replaceKernel(kernelName: string, backendName: string, mended: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, backendName);
  if (!stock) return;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...stock, kernelFunc: mended(stock.kernelFunc) });
}
