import type { Random } from "../create-random";

/** What tokenizers of image-text models make the same: letters' case and spaces don't tell captions apart. */
export function captionKey(caption: string): string {
  return caption.toLowerCase().replaceAll(/\s+/g, " ").trim();
}

/**
 * Cuts an epoch's order into batches so that no two items of a batch have the same key. Where there is such a way, it is found: a key's items go, one a
 * batch, to the batches that have the most room left (Gale and Ryser's construction of a 0/1 matrix from its sums), commonest key first. A key with more
 * items than there are batches is spread as evenly as can be.
 *
 * @param order - the items of an epoch, shuffled.
 * @param keys - the key of each item, in the same order.
 * @returns the items of each batch; all have `batchSize` but the last.
 */
export function spreadKeys(order: Int32Array, keys: readonly string[], batchSize: number, random: Random): Int32Array[] {
  const count = Math.ceil(order.length / batchSize);
  const places = Array.from({ length: count }, (): number[] => []); // places in `order`, a batch
  const sizeOf = (batch: number) => Math.min(batchSize, order.length - batch * batchSize);
  const rooms = roomsOf(Array.from({ length: count }, (_, batch) => sizeOf(batch)));
  const groups = new Map<string, number[]>();
  for (const [place, key] of keys.entries()) {
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  const repeated = [...groups.values()].filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
  for (const group of repeated) {
    for (let taken = 0; taken < group.length; ) {
      for (const batch of rooms.take(group.length - taken, random)) places[batch]!.push(group[taken++]!);
    }
  }
  let batch = 0; // what has a key of its own goes where there is room, in the order of the shuffle
  for (const group of groups.values()) {
    if (group.length > 1) continue;
    while (places[batch]!.length === sizeOf(batch)) batch++;
    places[batch]!.push(group[0]!);
  }
  return places.map((own) => Int32Array.from(own.sort((a, b) => a - b)).map((place) => order[place]!));
}

/** Batches by the room that they have left: those with the most are taken first, among equals by lot. */
function roomsOf(capacities: readonly number[]) {
  const byRoom: number[][] = Array.from({ length: Math.max(...capacities) + 1 }, () => []);
  for (const [batch, capacity] of capacities.entries()) byRoom[capacity]!.push(batch);
  return {
    /** At most `wanted` different batches, one place each. */
    take(wanted: number, random: Random): number[] {
      const taken: { batch: number; left: number }[] = [];
      for (let room = byRoom.length - 1; room > 0 && taken.length < wanted; room--) {
        const batches = byRoom[room]!;
        while (batches.length > 0 && taken.length < wanted) {
          const at = random.int(batches.length);
          taken.push({ batch: batches[at]!, left: room - 1 });
          batches[at] = batches.at(-1)!;
          batches.pop();
        }
      }
      for (const { batch, left } of taken) byRoom[left]!.push(batch);
      return taken.map(({ batch }) => batch);
    },
  };
}
