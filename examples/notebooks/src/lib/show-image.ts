import type { RgbImage } from "@rsdix/image";

/** An image on a canvas, each pixel `scale` pixels wide; with a text, for those who don't see it. */
export function canvasOf({ width, height, data }: RgbImage, scale = 1, text = ""): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height, className: "pixelated" });
  Object.assign(canvas.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  canvas.role = "img";
  canvas.ariaLabel = text;
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = data[3 * i + c]!;
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas;
}

/** An image with a caption below it, line by line. */
export function figureOf(image: RgbImage, scale: number, ...lines: readonly string[]): HTMLElement {
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  lines.forEach((line, i) => {
    if (i > 0) caption.append(document.createElement("br"));
    caption.append(line);
  });
  figure.append(canvasOf(image, scale, lines.join(", ")), caption);
  figure.style.width = `${Math.max(image.width * scale, 64)}px`;
  return figure;
}

/** Figures beside each other, as many as fit. */
export function sideBySide(...figures: readonly Element[]): HTMLElement {
  const row = document.createElement("div");
  row.className = "figures";
  row.append(...figures);
  return row;
}
