/** How the names of images end that @rsdix/image decodes. */
export const IMAGE_NAME = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;
