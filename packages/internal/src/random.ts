import { checkRange } from "./checks";

/**
 * The one seeded generator: Threefry-2x32 with 20 rounds, the counter-based generator of Random123 and of JAX
 * (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Counter-based means that a stream is named, not remembered: `createRandom(seed).fork("shuffle").fork(epoch)` gives the
 * same numbers in any process, on any backend, so resuming a run needs no generator state.
 */
export interface Random {
  /** A float in [0, 1) with 32 random bits. */
  next(): number;
  /** A whole number in [0, n). */
  int(n: number): number;
  /** A draw from the standard normal distribution (Box-Muller). */
  normal(): number;
  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(array: T): T;
  /** An independent stream named by `label`; does not advance this one. */
  fork(label: string | number): Random;
}

/**
 * A generator for `seed`, a whole number from 0 to 2^53 - 1.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011
 */
export function createRandom(seed: number): Random {
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  return fromKey(seed >>> 0, Math.floor(seed / 0x1_0000_0000) >>> 0);
}

function fromKey(k0: number, k1: number): Random {
  let counter = 0;
  let spare: number | undefined; // the second word of the last block
  let spareNormal: number | undefined;

  const word = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const [a, b] = threefry2x32(k0, k1, counter >>> 0, Math.floor(counter / 0x1_0000_0000) >>> 0);
    counter++;
    spare = b;
    return a;
  };
  const next = () => word() / 0x1_0000_0000;
  return {
    next,
    int: (n) => Math.floor(next() * n),
    normal() {
      if (spareNormal !== undefined) {
        const value = spareNormal;
        spareNormal = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spareNormal = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle(array) {
      for (let i = array.length - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        const held = array[i];
        array[i] = array[j];
        array[j] = held;
      }
      return array;
    },
    fork(label) {
      const [h0, h1] = typeof label === "number" ? [label >>> 0, 0x6e756d62] : [fnv1a(label), 0x74657874];
      // The two constants keep a number and a text apart; the counter ~0 keeps forks apart from draws.
      const [m0, m1] = threefry2x32(k0, k1, 0xffffffff, h1);
      return fromKey(...threefry2x32(m0, m1, h0, 0xffffffff));
    },
  };
}

/** A whole number below 2^32 for a text, the same on every machine: FNV-1a over UTF-16 code units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** One block of Threefry-2x32-20: key and counter words in, two random 32-bit words out. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const key = [k0, k1, 0x1bd11bda ^ k0 ^ k1];
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round & 7]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if ((round & 3) === 3) {
      const s = (round >> 2) + 1;
      x0 = (x0 + key[s % 3]!) | 0;
      x1 = (x1 + key[(s + 1) % 3]! + s) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}
