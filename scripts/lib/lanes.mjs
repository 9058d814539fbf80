// Several things at the same time, and never more of them than there are lanes.

/** Starts the tasks in their order, each as soon as a lane is free: the longest first, so that none is left to the end. Ends when all have. */
export async function inLanes(lanes, tasks) {
  const waiting = [...tasks];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next();
  };
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, lane));
}
