import type { TinyWorld } from "./tiny-world";

/** The data of a tiny world, on wasm, with runs below `root`. */
export const fitFlags = ({ annotations, images }: TinyWorld, root: string) => [
  ...["--data.annotations_files", annotations, "--data.img_dirs", images, "--data.batch_size", "8", "--data.shuffle"],
  ...["--trainer.accelerator", "wasm", "--trainer.default_root_dir", root],
];
