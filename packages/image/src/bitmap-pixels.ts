import { fail } from "@rsdix/internal";

/** How an image file becomes a bitmap: the values of the file, neither converted by a colour profile nor multiplied by alpha. */
export const BITMAP_OPTIONS = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;

// At most these are read at a time: within the limits of every canvas and texture, and 16 MB beside the image itself.
const TILE = { width: 4096, height: 1024 } as const;

/**
 * The red, green and blue of a bitmap's pixels. A canvas multiplies colours by alpha, and what was transparent comes back black: where there
 * may be alpha, a texture is read instead, which keeps them.
 *
 * @throws RsdixError BACKEND_UNAVAILABLE where the browser has no canvas off the screen, or no WebGL for an image with alpha.
 */
export async function readBitmap(bitmap: ImageBitmap, alpha: boolean): Promise<Uint8Array> {
  const { width, height } = bitmap;
  const rgb = new Uint8Array(width * height * 3);
  const read = alpha ? readTexture : readCanvas;
  for (let top = 0; top < height; top += TILE.height) {
    for (let left = 0; left < width; left += TILE.width) {
      const tile = { left, top, width: Math.min(TILE.width, width - left), height: Math.min(TILE.height, height - top) };
      const rgba = await read(bitmap, tile);
      for (let y = 0, from = 0; y < tile.height; y++) {
        let to = ((top + y) * width + left) * 3;
        for (let x = 0; x < tile.width; x++, from += 4, to += 3) {
          rgb[to] = rgba[from]!;
          rgb[to + 1] = rgba[from + 1]!;
          rgb[to + 2] = rgba[from + 2]!;
        }
      }
    }
  }
  return rgb;
}

interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

async function readCanvas(bitmap: ImageBitmap, { left, top, width, height }: Tile): Promise<Uint8ClampedArray> {
  const context = canvasOf(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) fail("BACKEND_UNAVAILABLE", "This browser gives no 2D canvas, by which pixels are read. Close pages that hold many.");
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, -left, -top);
  return context.getImageData(0, 0, width, height).data;
}

/** One for all images of a page or worker: browsers keep few of them. */
let shared: WebGLRenderingContext | undefined;

async function readTexture(bitmap: ImageBitmap, { left, top, width, height }: Tile): Promise<Uint8Array> {
  if (!shared || shared.isContextLost()) shared = canvasOf(1, 1).getContext("webgl") ?? undefined;
  const gl = shared;
  if (!gl)
    fail("BACKEND_UNAVAILABLE", "Images with alpha are read through WebGL, which this browser does not give. Save them without alpha.");
  const whole = width === bitmap.width && height === bitmap.height;
  const part = whole ? bitmap : await createImageBitmap(bitmap, left, top, width, height, BITMAP_OPTIONS);
  const texture = gl.createTexture();
  const framebuffer = gl.createFramebuffer();
  try {
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, part);
    gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    const rgba = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    const error = gl.getError(); // also of a context that was lost
    if (error !== gl.NO_ERROR) fail("BACKEND_UNAVAILABLE", `Reading an image through WebGL failed (error ${error}). Try again, or reload.`);
    return rgba;
  } finally {
    gl.deleteFramebuffer(framebuffer);
    gl.deleteTexture(texture);
    if (!whole) part.close();
  }
}

function canvasOf(width: number, height: number): OffscreenCanvas {
  if (typeof OffscreenCanvas === "undefined") {
    fail("BACKEND_UNAVAILABLE", "Images are decoded through OffscreenCanvas, which is not here. In Node use @rsdix/image/node.");
  }
  return new OffscreenCanvas(width, height);
}
