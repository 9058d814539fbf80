import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";
import { type Checkpoint, type CheckpointTensor, checkIsCheckpoint, listNames } from "./checkpoint/checkpoint";
import { checkIsLazy, type LazyCheckpoint } from "./checkpoint/lazy-checkpoint";
import {
  checkRead,
  compareCheckpoint,
  fromCheckpointLayout,
  type LoadReport,
  largestFirst,
  refuseDifferences,
  toCheckpointLayout,
} from "./checkpoint/match";
import { checkSpecs, type ParameterSpec } from "./initialize";
import type { FromCheckpointOptions, LoadOptions } from "./load-options";
import { Vocabulary } from "./vocabulary";
import { WeightStore } from "./weight-store";

/** Weights that were loaded, and how their checkpoint differed from what the model needs. */
export interface LoadedParameters {
  /** The weights, all trainable. */
  readonly parameters: Parameters;
  /** What was missing, unused or mis-shaped; nothing where the load was strict. */
  readonly report: LoadReport;
}

/** A weight that is being trained. */
export interface TrainableParameter {
  /** The checkpoint's name. */
  readonly name: string;
  /** The weight in memory, shape `[...spec.shape]`, float32; a compact table has fewer rows. */
  readonly variable: tf.Variable;
  /** Whether weight decay acts on it. */
  readonly decay: boolean;
}

/**
 * The weights of a model under their checkpoint names. A model owns one of these; it is what trainers, EMA teachers and checkpoints deal
 * with.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Parameters } from "@rsdix/models";
 *
 * const specs = [
 *   { name: "fc.weight", shape: [3, 2], init: { normal: 0.02 }, transposed: true, decay: true },
 *   { name: "fc.bias", shape: [2], init: "zeros" },
 * ] as const;
 * const parameters = Parameters.initialize(specs, 1);
 * parameters.setTrainable(/bias$/, false);
 * console.log(parameters.trainable().map(({ name }) => name)); // [ 'fc.weight' ]
 * const checkpoint = await parameters.toCheckpoint();
 * console.log(checkpoint.get("fc.weight")?.shape); // [ 2, 3 ], as torch has it
 * parameters.dispose();
 * ```
 */
export class Parameters {
  private constructor(
    /** Every weight's description, in the model's order. */
    readonly specs: readonly ParameterSpec[],
    private readonly store: WeightStore,
  ) {}

  /**
   * Fresh weights. Each array's values depend only on the seed and its name.
   *
   * @param specs The weights.
   * @param seed A whole number.
   * @param vocabulary Hold only these rows of the token table; they start as the full table's rows would.
   * @returns The weights, all trainable.
   * @throws INVALID_ARGUMENT for repeated names, what describes no weight, or a vocabulary of another size; OUT_OF_MEMORY.
   */
  static initialize(specs: readonly ParameterSpec[], seed: number, vocabulary?: Vocabulary): Parameters {
    checkSpecs(specs);
    const store = new WeightStore(specs, vocabulary);
    const start = () => specs.forEach((spec) => void store.start(spec, seed));
    return new Parameters(specs, store.filling(start));
  }

  /**
   * Weights from a checkpoint, which must have exactly the arrays described.
   *
   * @param specs The weights.
   * @param checkpoint The arrays; a compactly held table keeps referring to its array.
   * @param options What to ignore, and which rows to hold.
   * @returns The weights, all trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array, with all of them (a `LoadReport`) as its `cause`;
   *   INVALID_ARGUMENT, UNKNOWN_OPTION, OUT_OF_MEMORY.
   */
  static fromCheckpoint(
    specs: readonly ParameterSpec[],
    checkpoint: ReadonlyMap<string, CheckpointTensor>,
    options: FromCheckpointOptions = {},
  ): Parameters {
    const { ignore, vocabulary } = checkOptions(options, ["ignore", "vocabulary"], "fromCheckpoint");
    checkSpecs(specs);
    checkIsCheckpoint(checkpoint);
    refuseDifferences(compareCheckpoint(specs, checkpoint, ignore));
    const store = new WeightStore(specs, vocabulary);
    const fill = (spec: ParameterSpec) => {
      const tensor = checkpoint.get(spec.name)!;
      const values = fromCheckpointLayout(spec, tensor);
      const isTable = spec.vocabulary && vocabulary?.ids;
      // Copied, because a backend may keep the array it is given and the checkpoint's must not change when the weight does.
      store.fill(spec, values === tensor.data && !isTable ? values.slice() : values);
    };
    return new Parameters(
      specs,
      store.filling(() => specs.forEach(fill)),
    );
  }

  /**
   * Weights from a checkpoint's file, read one array at a time: while loading, the model and one array are in memory.
   *
   * @param specs The weights.
   * @param checkpoint The file's arrays, for example `(await openSafetensors(file)).tensors`.
   * @param options What to ignore, which rows to hold, and whether a checkpoint that doesn't fit is refused.
   * @returns The weights, and what the checkpoint had too much or too little.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array, with all of them (a `LoadReport`) as its `cause`, unless
   *   `strict` is false; INVALID_ARGUMENT, also for a seed that is missing or has no use; UNKNOWN_OPTION; OUT_OF_MEMORY; what reading the file throws.
   *
   * @example
   * ```ts
   * import "@tensorflow/tfjs";
   * import { encodeSafetensors, openSafetensors, Parameters } from "@rsdix/models";
   *
   * const specs = [
   *   { name: "fc.weight", shape: [3, 2], init: { normal: 0.02 }, transposed: true },
   *   { name: "fc.bias", shape: [2], init: "zeros" },
   * ] as const;
   * const bias = { dtype: "float32" as const, shape: [2], data: Float32Array.of(1, 2) };
   * const { tensors } = await openSafetensors(new Blob([encodeSafetensors(new Map([["fc.bias", bias]]))]));
   * const { parameters, report } = await Parameters.load(specs, tensors, { strict: false, seed: 1 });
   * console.log(report.missing, parameters.get("fc.bias").dataSync()); // [ 'fc.weight' ] Float32Array [ 1, 2 ]
   * parameters.dispose();
   * ```
   */
  static async load(specs: readonly ParameterSpec[], checkpoint: LazyCheckpoint, options: LoadOptions = {}): Promise<LoadedParameters> {
    const { ignore, vocabulary, strict = true, seed } = checkOptions(options, ["ignore", "vocabulary", "strict", "seed"], "load");
    checkFlag(strict, "load", "strict");
    checkSpecs(specs);
    checkIsLazy(checkpoint);
    if (strict && seed !== undefined)
      fail("INVALID_ARGUMENT", "load: a seed is for weights that the checkpoint lacks, so for `strict: false`.");
    if (!strict) checkRange(seed, "load: with `strict: false`, seed", { integer: true });
    const report = compareCheckpoint(specs, checkpoint, ignore);
    if (strict) refuseDifferences(report);
    const absent = new Set([...report.missing, ...report.misshaped.map(({ name }) => name)]);
    const store = new WeightStore(specs, vocabulary);
    try {
      for (const spec of largestFirst(specs)) {
        if (absent.has(spec.name)) store.start(spec, seed!);
        else store.fill(spec, fromCheckpointLayout(spec, checkRead(spec, await checkpoint.get(spec.name)!.read())));
      }
    } catch (error) {
      store.dispose();
      throw error;
    }
    return { parameters: new Parameters(specs, store), report };
  }

  /** Which rows of the token table are held; undefined for a model without one. */
  get vocabulary(): Vocabulary | undefined {
    return this.store.vocabulary;
  }

  /** How many numbers the model has, compactly held tables counted in full. */
  get count(): number {
    return this.specs.reduce((sum, spec) => sum + spec.shape.reduce((product, size) => product * size, 1), 0);
  }

  /**
   * One weight.
   *
   * @param name The checkpoint's name.
   * @returns The variable, shape `[...spec.shape]` (fewer rows for a compact table), float32. It stays the store's.
   * @throws INVALID_ARGUMENT when there is no such weight.
   */
  get(name: string): tf.Variable {
    return this.store.get(name);
  }

  /**
   * What is being trained.
   *
   * @returns The trainable weights in the model's order.
   * @throws INVALID_ARGUMENT when the weights were disposed.
   */
  trainable(): TrainableParameter[] {
    return this.specs
      .map((spec) => ({ name: spec.name, variable: this.get(spec.name), decay: spec.decay ?? false }))
      .filter(({ variable }) => variable.trainable);
  }

  /**
   * What is being trained of one part of the model.
   *
   * @param prefix What the names start with, for example `"vision_model.encoder.layers.3."`.
   * @returns The trainable variables, in the model's order, each of its spec's shape `[...spec.shape]`; none when all are frozen.
   * @throws INVALID_ARGUMENT when the prefix is no text.
   */
  trainableBelow(prefix: string): tf.Variable[] {
    if (typeof prefix !== "string") fail("INVALID_ARGUMENT", `A prefix must be text, got ${show(prefix)}.`);
    return this.trainable().flatMap(({ name, variable }) => (name.startsWith(prefix) ? [variable] : []));
  }

  /**
   * Freezes or thaws weights.
   *
   * @param pattern Which names, for example `/^gpt\./`.
   * @param trainable Whether they are trained.
   * @throws INVALID_ARGUMENT when no name matches, which would silently train the wrong thing, or `trainable` isn't said.
   */
  setTrainable(pattern: RegExp, trainable: boolean): void {
    if (!(pattern instanceof RegExp))
      fail("INVALID_ARGUMENT", `setTrainable needs a pattern of names, like /bias$/, got ${show(pattern)}.`);
    checkFlag(trainable, "setTrainable");
    const names = this.specs.map((spec) => spec.name).filter((name) => name.search(pattern) >= 0);
    if (names.length === 0) {
      fail("INVALID_ARGUMENT", `No weight's name matches ${pattern}. There are: ${listNames(this.specs.map((spec) => spec.name))}.`);
    }
    for (const name of names) this.get(name).trainable = trainable;
  }

  /**
   * Holds only some rows of the token table from now on; the others stay on the host. Make optimisers afterwards: the table's variable is
   * replaced.
   *
   * @param ids Every token that the model will meet.
   * @throws INVALID_ARGUMENT when the model has no token table or an id is outside it.
   */
  async compactVocabulary(ids: Iterable<number>): Promise<void> {
    if (!this.vocabulary) fail("INVALID_ARGUMENT", "This model has no token table to hold compactly.");
    await this.store.hold(Vocabulary.compact(this.vocabulary.size, ids));
  }

  /**
   * Holds every row of the token table again, trained rows in their places.
   *
   * @throws INVALID_ARGUMENT when the weights were disposed.
   */
  async expandVocabulary(): Promise<void> {
    if (this.vocabulary?.ids) await this.store.hold(Vocabulary.full(this.vocabulary.size));
  }

  /**
   * All weights in the checkpoint's names, layout and full tables.
   *
   * @returns Arrays on the host, independent of the model.
   * @throws INVALID_ARGUMENT when the weights were disposed.
   */
  async toCheckpoint(): Promise<Checkpoint> {
    const checkpoint: Checkpoint = new Map();
    for (const spec of this.specs) checkpoint.set(spec.name, toCheckpointLayout(spec, await this.store.fullValues(spec)));
    return checkpoint;
  }

  /**
   * Overwrites every weight and keeps the variables, so that optimisers go on: this is how a run resumes.
   *
   * @param checkpoint The arrays, as `toCheckpoint` gave them.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array; INVALID_ARGUMENT for what is no checkpoint. Nothing is
   *   changed then.
   */
  assign(checkpoint: ReadonlyMap<string, CheckpointTensor>): void {
    checkIsCheckpoint(checkpoint);
    refuseDifferences(compareCheckpoint(this.specs, checkpoint));
    for (const { name } of this.specs) this.get(name); // a model that was disposed has none
    for (const spec of this.specs) this.store.assign(spec, fromCheckpointLayout(spec, checkpoint.get(spec.name)!));
  }

  /**
   * A copy with variables of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy; it shares the host's full tables, which never change.
   * @throws INVALID_ARGUMENT, UNKNOWN_OPTION.
   */
  clone(options: { trainable?: boolean } = {}): Parameters {
    const { trainable } = checkOptions(options, ["trainable"], "clone");
    if (trainable !== undefined) checkFlag(trainable, "clone");
    return new Parameters(this.specs, this.store.clone(trainable));
  }

  /** Frees every variable. */
  dispose(): void {
    this.store.dispose();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function checkFlag(flag: boolean, where: string, name = "trainable"): void {
  if (typeof flag !== "boolean") fail("INVALID_ARGUMENT", `${where}: ${name} must be true or false, got ${show(flag)}.`);
}
