/**
 * CMYK to RGB as Pillow converts it, without a colour profile: ink by ink on white paper, rounded to the nearest level. Of pixels of
 * more than four channels the first four count, of 16-bit values the high byte.
 */
export function cmykToRgb(cmyk: Uint8Array | Uint16Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / channels) * 3);
  const shift = cmyk.BYTES_PER_ELEMENT === 2 ? 8 : 0;
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const paper = 255 - (cmyk[from + 3]! >> shift);
    for (let ink = 0; ink < 3; ink++) rgb[to + ink] = paper - Math.round(((cmyk[from + ink]! >> shift) * paper) / 255);
  }
  return rgb;
}
