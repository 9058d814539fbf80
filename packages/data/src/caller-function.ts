/** A function of the caller's that is told something, and whether an error is one that it threw: that ends the work as it is, whatever its code. */
export function callerFunction<A extends readonly unknown[]>(call: ((...args: A) => unknown) | undefined) {
  let thrown: { readonly error: unknown } | undefined;
  return {
    tell(...args: A): void {
      try {
        call?.(...args);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    },
    threw: (error: unknown): boolean => thrown !== undefined && thrown.error === error,
  };
}
