// How much a program reads from tensors.
import * as tf from "@tensorflow/tfjs-core";

/** Bytes that are read on the backend in use while `body` runs. */
export async function readBytes(body) {
  const backend = tf.backend();
  const stock = { read: backend.read, readSync: backend.readSync };
  let bytes = 0;
  let inside = false; // read calls readSync
  const counting = (read) =>
    function (...data) {
      const outer = !inside;
      inside = true;
      const values = read.apply(this, data);
      inside = !outer;
      if (!outer) return values;
      const count = (array) => {
        bytes += array.byteLength;
        return array;
      };
      return values instanceof Promise ? values.then(count) : count(values);
    };
  backend.read = counting(stock.read);
  backend.readSync = counting(stock.readSync);
  try {
    await body();
    return bytes;
  } finally {
    Object.assign(backend, stock);
  }
}
