// Made-up embeddings: a caption is its image's with noise, five captions an image, so that recalls are neither 0 nor 1.
export const DIM = 512;
export const CAPTIONS = 5;

export function embeddings(count) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const images = Float32Array.from({ length: count * DIM }, random);
  const texts = new Float32Array(count * CAPTIONS * DIM);
  for (let i = 0; i < texts.length; i++) texts[i] = images[Math.floor(i / (CAPTIONS * DIM)) * DIM + (i % DIM)] + 10 * random();
  return { images, texts };
}
