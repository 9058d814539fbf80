/** How many seconds something takes. */
export async function timed(use) {
  const started = performance.now();
  await use();
  return (performance.now() - started) / 1000;
}
