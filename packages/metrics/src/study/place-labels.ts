/** A box in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A label's middle, so placed that it covers neither a point nor another label where there is room. */
export interface PlacedLabel {
  readonly x: number;
  readonly y: number;
}

/** Of a label in 11 pixels: what a letter takes, and a line. */
const LETTER = 6.4;
const LINE = 13;
const POINT = 10;

/** Where around its point a label may stand, the best first, then farther away. */
const PLACES = [1, 2, 3, 4.5].flatMap((far) =>
  [
    [1, 0],
    [-1, 0],
    [0, -1],
    [0, 1],
    [1, -1],
    [-1, -1],
    [1, 1],
    [-1, 1],
  ].map(([right, down]) => ({ right: right!, down: down!, far })),
);

/** Puts a label beside each point, inside an area of the given size. */
export function placeLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  size: { readonly width: number; readonly height: number },
): PlacedLabel[] {
  const taken: Box[] = points.map(({ x, y }) => ({ x: x - POINT / 2, y: y - POINT / 2, width: POINT, height: POINT }));
  return points.map(({ x, y, text }) => {
    const width = text.length * LETTER;
    const boxes = PLACES.map(({ right, down, far }) => ({
      x: x + right * (width / 2 + POINT * far * (down === 0 ? 0.9 : 0.5)) - width / 2,
      y: y + down * (LINE / 2 + POINT * far * (right === 0 ? 0.7 : 0.5)) - LINE / 2,
      ...{ width, height: LINE },
    }));
    const inside = (box: Box) => box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height;
    const cost = (box: Box) => (inside(box) ? 0 : 1e6) + taken.reduce((sum, other) => sum + overlap(box, other), 0);
    let best = boxes[0]!;
    for (const box of boxes) if (cost(box) < cost(best)) best = box;
    taken.push(best);
    return { x: best.x + width / 2, y: best.y + LINE / 2 };
  });
}

function overlap(a: Box, b: Box): number {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return wide > 0 && high > 0 ? wide * high : 0;
}
