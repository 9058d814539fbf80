import * as tf from "@tensorflow/tfjs-core";

/** Numbers by name, in groups. */
type Groups<T, Key extends string> = Record<Key, Record<string, T>>;

/** Reads scalars by name, divided by `divisor`, all of them at once: on a device each read waits for the queue. */
export async function readScalars<Key extends string>(groups: Groups<tf.Scalar, Key>, divisor = 1): Promise<Groups<number, Key>> {
  const scalars = Object.values<Record<string, tf.Scalar>>(groups).flatMap((group) => Object.values(group));
  const joined = tf.stack(scalars);
  const values = await joined.data<"float32">().finally(() => joined.dispose()); // of a device that is lost it can't be read
  let next = 0;
  const numbers = Object.entries<Record<string, tf.Scalar>>(groups).map(([key, group]) => [
    key,
    Object.fromEntries(Object.keys(group).map((name) => [name, values[next++]! / divisor])),
  ]);
  return Object.fromEntries(numbers) as Groups<number, Key>;
}
