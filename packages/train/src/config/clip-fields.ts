import { z } from "zod";
import { count, countFromZero, flag, fromZero, oneOf, onlyNull, positive, share, text, texts } from "./fields";

/** What all contrastive training takes; the captioner's configuration has these too, for its encoder. */
export const CLIP_MODEL_FIELDS = {
  model: text("The model to start from: an id of the Hugging Face hub, a folder, a file or a URL; CLIP or SigLIP").default(
    "openai/clip-vit-base-patch32",
  ),
  checkpoint_path: text("Weights to start from in place of the model's own, of any layout (RSDiX's .ckpt, open_clip's, Hugging Face's)")
    .nullable()
    .default(null),
  lr: positive(
    "The highest learning rate; by the model's size when null: 5e-4 for B/32 and B/16, 4e-4 for L/14, 2e-5 for L/14 at 336 pixels",
  )
    .nullable()
    .default(null),
  alpha: share("Share of the contrastive loss in the total; the rest is distillation").default(0.5),
  ema_decay: share("Share of the teacher that stays at each step, in the long run").default(0.999),
  weight_decay: fromZero("AdamW's decoupled weight decay").default(0.1),
  decay: oneOf(["matrices", "all"], 'What decays: "all" also biases, norms and temperatures, as the original does').default("matrices"),
  use_warmup: oneOf(["cosine", "linear"], '"cosine": a warm-up, then half a cosine down to 0; "linear": a ramp, then constant').default(
    "cosine",
  ),
  warmup_steps: countFromZero('Steps of the warm-up ("cosine")').default(0),
  start_factor: positive('Factor of the learning rate at the start ("linear")').default(1 / 3),
  end_factor: positive('Factor of the learning rate after the ramp ("linear")').default(1),
  total_iters: count('Steps of the ramp ("linear")').default(5),
  eps: positive("AdamW's epsilon").default(1e-8),
  betas: z
    .tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])
    .meta({ description: "AdamW's decay rates of the two moments" })
    .default([0.9, 0.99]),
  sinkhorn_lambda: z.number().min(1e-4).meta({ description: "Sinkhorn's temperature" }).default(0.1),
  sinkhorn_iter: count("Sinkhorn's iterations").default(4),
  ii_coeff: fromZero("Weight of the image-image similarities in the targets").default(1),
  tt_coeff: fromZero("Weight of the text-text similarities in the targets").default(1),
  remove_diag: flag("Whether an item's similarity to itself is taken out of the targets").default(false),
  teacher: oneOf(["ema", "none"], 'Self-distillation from an average of the student ("ema"), or the contrastive loss alone').default("ema"),
  use_sentence_bert_as_teacher: flag("Whether a Sentence-BERT teaches the texts").default(false),
  freeze_sentence_bert: z.literal(true).meta({ description: "Sentence-BERT is never trained here" }).default(true),
  sentence_bert_model: text("The Sentence-BERT: an id of the hub or a folder. Where it does not teach, SBS-MSE is logged by it")
    .nullable()
    .default(null),
  sentence_bert_mode: oneOf(
    ["similarity", "projected", "reference"],
    "How it teaches: its own similarities, a trained projection, or the original's fixed random one",
  ).default("similarity"),
  use_sigmoid_loss: flag("SigLIP's sigmoid loss in place of InfoNCE; SigLIP models always have it").default(false),
  reference: flag("The original's distillation of the sigmoid loss (logits times targets), for comparison with it").default(false),
  freeze: z
    .array(z.string().min(1))
    .meta({ description: "Patterns (regular expressions) of the names of weights that are not trained" })
    .default([]),
  chunk_size: count("Pairs that go through the towers at a time (GradCache): batches larger than memory").nullable().default(null),
  checkpoint_blocks: flag("Computes blocks again in the backward pass: less memory, a third more time").default(false),
};

/** The captioner's own. */
export const CLIPCAP_MODEL_FIELDS = {
  gpt_model: text("GPT-2: an id of the hub or a folder").default("gpt2"),
  prefix_length: count("GPT-2 embeddings that an image becomes"),
  clip_length: count('Embeddings that the "transformer" mapper makes of an image before it adds its constants; prefix_length when null')
    .nullable()
    .default(null),
  num_layers: count('Layers of the "transformer" mapper').default(8),
  mapping_type: oneOf(["mlp", "transformer"], "The mapper").default("mlp"),
  dropout_transformer: z.number().min(0).lt(1).meta({ description: "Dropout in the transformer mapper" }).default(0),
  dropout_gpt2: z
    .number()
    .min(0)
    .lt(1)
    .meta({ description: "Dropout in GPT-2's attention, residuals and embeddings" })
    .nullable()
    .default(null),
  clipcap_lr: positive("The highest learning rate of mapper and GPT-2").default(1e-3),
  clipcap_weight_decay: fromZero("AdamW's decoupled weight decay").default(0.1),
  clipcap_warmup_steps: countFromZero("Steps of the warm-up; a straight line down to 0 follows").default(5000),
  train_gpt: flag("Whether GPT-2 is trained too, or the mapper alone").default(true),
  freeze_clip_encoder: flag("Whether the image encoder stays as it is; otherwise it is trained at `lr`").default(true),
  clip_checkpoint_path: text("The image encoder's weights, of any layout").nullable().default(null),
  clipcap_checkpoint_path: text("A captioner's weights to start from, of any layout").nullable().default(null),
  metrics: texts("What captions of the validation images are scored with; all that need no model when null").nullable().default(null),
  use_beam_search: flag("Beam search with five beams for these captions; greedy otherwise").default(false),
  every_n_batches: count("Of the validation batches every so many are captioned and scored").default(10),
};

/** The data of a run. */
export const DATA_FIELDS = {
  annotations_files: texts("Annotation files: Karpathy's JSON, NWPU's, CSV, JSON lines, S2LCD's XML"),
  img_dirs: texts("The image folder (or zip file) of each annotation file"),
  additional_test_annotation_files: z
    .array(z.string().min(1).nullable())
    .meta({ description: "A further annotation file of each data set, for testing only; null for none" })
    .nullable()
    .default(null),
  split: oneOf(["annotation", "random"], "Where the splits are from; null: the annotation's where it has them, else random")
    .nullable()
    .default(null),
  train_split_percentage: z.number().min(0).max(100).meta({ description: "Percentage for training, of random splits" }).default(80),
  val_split_percentage: z.number().min(0).max(100).meta({ description: "Percentage for validation, of random splits" }).default(10),
  batch_size: count("Pairs in a batch").default(512),
  num_workers: countFromZero("Threads that decode images, at most 64; 0 decodes on the main one").max(64).default(0),
  augment_image_data: flag("The six augmentations, all together with probability 0.5").default(false),
  augment_text_data: z
    .union([z.literal(false), z.literal("synonyms")], { error: 'expected false or "synonyms"' })
    .meta({
      description:
        'false, or "synonyms" of WordNet in half of the captions. The original translates back and forth, which needs translation models: see backTranslate of @rsdix/data',
    })
    .default(false),
  shuffle: flag("Whether each epoch has a new order").default(false),
  unique_captions: flag("Keeps identical captions out of a batch").default(false),
  processor: text("Where tokenizer and image processor are from, where the model has none: an id of the hub or a folder")
    .nullable()
    .default(null),
  skip_broken: flag("Leaves out images that cannot be read, in place of stopping").default(false),
  img_transform: onlyNull("null, as in the original's files; transforms are made of the model's processor"),
  target_transform: onlyNull("null, as in the original's files"),
};

/** The course of a run. */
export const TRAINER_FIELDS = {
  max_epochs: count("Passes over the training images; of max_steps and this, what comes first").nullable().default(5),
  max_steps: count("Steps of the run").nullable().default(null),
  accumulate_grad_batches: count("Batches whose gradients are averaged for one step").default(1),
  gradient_clip_val: positive("Largest joint norm of the gradients").nullable().default(null),
  check_val_every_n_steps: count("Steps between validations; an epoch when null").nullable().default(null),
  limit_val_batches: countFromZero("Batches of a validation, at most; 0: no validation").nullable().default(null),
  save_every_n_steps: count("Steps between checkpoints; an epoch when null").nullable().default(null),
  save_last_k: count("How many of the newest checkpoints are kept").default(2),
  save_top_k: countFromZero("How many of the best checkpoints are kept, by the validation's `monitor`").default(1),
  monitor: text("The validation's number that tells which is best").default("loss"),
  monitor_mode: oneOf(["min", "max"], "Whether less or more of it is better; null: as its name tells").nullable().default(null),
  early_stopping_patience: count("Validations without improvement after which the run ends; null: it goes on").nullable().default(null),
  early_stopping_min_delta: fromZero("Improvement that counts as one").default(0),
  default_root_dir: text("Where runs go, a folder each").default("runs"),
  logger: z
    .array(z.enum(["tsv", "tensorboard"]))
    .meta({ description: "Further logs beside log.jsonl" })
    .default(["tsv"]),
  accelerator: text("The TensorFlow.js backend: auto, native, webgpu, wasm, cpu, or what is installed").default("auto"),
};
