/** How the names of images end that can be decoded. */
export const IMAGE_NAME = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;
