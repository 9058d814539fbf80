import { checkOptions, checkRange, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type Checkpoint, type CheckpointTensor, listNames } from "./checkpoint/checkpoint";
import type { LazyCheckpoint } from "./checkpoint/lazy-checkpoint";
import {
  checkRead,
  compareCheckpoint,
  fromCheckpointLayout,
  type LoadReport,
  refuseDifferences,
  toCheckpointLayout,
} from "./checkpoint/match";
import { initialValues, type ParameterSpec } from "./initialize";
import { type FullTable, once, putRows, rowWidth, takeRows } from "./tables";
import { Vocabulary } from "./vocabulary";

/** How `Parameters` are made from a checkpoint. */
export interface FromCheckpointOptions {
  /** Names that the checkpoint may have and the model doesn't need, for example buffers. */
  readonly ignore?: readonly RegExp[];
  /** Hold only these rows of the token table. */
  readonly vocabulary?: Vocabulary;
}

/** How `Parameters` are loaded from a checkpoint's file. */
export interface LoadOptions extends FromCheckpointOptions {
  /** `true`, the default, refuses a checkpoint that doesn't have exactly the model's arrays; `false` loads what fits and reports the rest. */
  readonly strict?: boolean;
  /** With `strict: false`, and only then: weights that the checkpoint lacks start as `initialize` would from this whole number. */
  readonly seed?: number;
}

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
  private readonly variables = new Map<string, tf.Variable>();
  private readonly tables = new Map<string, FullTable>();
  private held: Vocabulary | undefined;

  private constructor(
    /** Every weight's description, in the model's order. */
    readonly specs: readonly ParameterSpec[],
    vocabulary: Vocabulary | undefined,
  ) {
    const names = specs.map((spec) => spec.name);
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    if (repeated !== undefined) fail("INVALID_ARGUMENT", `Two weights are called "${repeated}".`);
    const sizes = new Set(specs.filter((spec) => spec.vocabulary).map((spec) => spec.shape[0]!));
    if (sizes.size > 1) fail("INVALID_ARGUMENT", `Token tables of one model must have the same rows, got ${[...sizes].join(" and ")}.`);
    const [size] = sizes;
    if (vocabulary && vocabulary.size !== size) {
      fail("INVALID_ARGUMENT", `The vocabulary has ${vocabulary.size} tokens, but the model's table has ${size ?? "no"} rows.`);
    }
    this.held = vocabulary ?? (size === undefined ? undefined : Vocabulary.full(size));
  }

  /**
   * Fresh weights. Each array's values depend only on the seed and its name.
   *
   * @param specs The weights.
   * @param seed A whole number.
   * @param vocabulary Hold only these rows of the token table; they start as the full table's rows would.
   * @returns The weights, all trainable.
   * @throws INVALID_ARGUMENT for repeated names or a vocabulary of another size.
   */
  static initialize(specs: readonly ParameterSpec[], seed: number, vocabulary?: Vocabulary): Parameters {
    const parameters = new Parameters(specs, vocabulary);
    for (const spec of specs) parameters.start(spec, seed);
    return parameters;
  }

  /**
   * Weights from a checkpoint, which must have exactly the arrays described.
   *
   * @param specs The weights.
   * @param checkpoint The arrays; a compactly held table keeps referring to its array.
   * @param options What to ignore, and which rows to hold.
   * @returns The weights, all trainable.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array, with all of them (a `LoadReport`) as its `cause`;
   *   UNKNOWN_OPTION.
   */
  static fromCheckpoint(
    specs: readonly ParameterSpec[],
    checkpoint: ReadonlyMap<string, CheckpointTensor>,
    options: FromCheckpointOptions = {},
  ): Parameters {
    const { ignore, vocabulary } = checkOptions(options, ["ignore", "vocabulary"], "fromCheckpoint");
    refuseDifferences(compareCheckpoint(specs, checkpoint, ignore));
    const parameters = new Parameters(specs, vocabulary);
    for (const spec of specs) {
      const tensor = checkpoint.get(spec.name)!;
      const values = fromCheckpointLayout(spec, tensor);
      const isTable = spec.vocabulary && vocabulary?.ids;
      // Copied, because a backend may keep the array it is given and the checkpoint's must not change when the weight does.
      parameters.fill(spec, values === tensor.data && !isTable ? values.slice() : values);
    }
    return parameters;
  }

  /**
   * Weights from a checkpoint's file, read one array at a time: while loading, the model and one array are in memory.
   *
   * @param specs The weights.
   * @param checkpoint The file's arrays, for example `(await openSafetensors(file)).tensors`.
   * @param options What to ignore, which rows to hold, and whether a checkpoint that doesn't fit is refused.
   * @returns The weights, and what the checkpoint had too much or too little.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array, with all of them (a `LoadReport`) as its `cause`, unless
   *   `strict` is false; INVALID_ARGUMENT for a seed that is missing or has no use; UNKNOWN_OPTION; what reading the file throws.
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
   * const { tensors } = await openSafetensors(new Blob([encodeSafetensors(new Map([["fc.bias", bias]]), {}) as Uint8Array<ArrayBuffer>]));
   * const { parameters, report } = await Parameters.load(specs, tensors, { strict: false, seed: 1 });
   * console.log(report.missing, parameters.get("fc.bias").dataSync()); // [ 'fc.weight' ] Float32Array [ 1, 2 ]
   * parameters.dispose();
   * ```
   */
  static async load(specs: readonly ParameterSpec[], checkpoint: LazyCheckpoint, options: LoadOptions = {}): Promise<LoadedParameters> {
    const { ignore, vocabulary, strict = true, seed } = checkOptions(options, ["ignore", "vocabulary", "strict", "seed"], "load");
    if (strict && seed !== undefined)
      fail("INVALID_ARGUMENT", "load: a seed is for weights that the checkpoint lacks, so for `strict: false`.");
    if (!strict) checkRange(seed, "load: with `strict: false`, seed", { integer: true });
    const report = compareCheckpoint(specs, checkpoint, ignore);
    if (strict) refuseDifferences(report);
    const absent = new Set([...report.missing, ...report.misshaped.map(({ name }) => name)]);
    const parameters = new Parameters(specs, vocabulary);
    try {
      for (const spec of specs) {
        if (absent.has(spec.name)) parameters.start(spec, seed!);
        else parameters.fill(spec, fromCheckpointLayout(spec, checkRead(spec, await checkpoint.get(spec.name)!.read())));
      }
    } catch (error) {
      parameters.dispose();
      throw error;
    }
    return { parameters, report };
  }

  /** Which rows of the token table are held; undefined for a model without one. */
  get vocabulary(): Vocabulary | undefined {
    return this.held;
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
    return (
      this.variables.get(name) ??
      fail("INVALID_ARGUMENT", `There is no weight "${name}". There are: ${listNames([...this.variables.keys()])}.`)
    );
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
   * @returns The trainable variables, in the model's order; none when all are frozen.
   */
  trainableBelow(prefix: string): tf.Variable[] {
    return this.trainable()
      .filter(({ name }) => name.startsWith(prefix))
      .map(({ variable }) => variable);
  }

  /**
   * Freezes or thaws weights.
   *
   * @param pattern Which names, for example `/^gpt\./`.
   * @param trainable Whether they are trained.
   * @throws INVALID_ARGUMENT when no name matches, which would silently train the wrong thing.
   */
  setTrainable(pattern: RegExp, trainable: boolean): void {
    const names = this.specs.map((spec) => spec.name).filter((name) => name.search(pattern) >= 0);
    if (names.length === 0) {
      fail("INVALID_ARGUMENT", `No weight's name matches ${pattern}. There are: ${listNames([...this.variables.keys()])}.`);
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
    if (!this.held) fail("INVALID_ARGUMENT", "This model has no token table to hold compactly.");
    await this.hold(Vocabulary.compact(this.held.size, ids));
  }

  /**
   * Holds every row of the token table again, trained rows in their places.
   *
   * @throws INVALID_ARGUMENT when the weights were disposed.
   */
  async expandVocabulary(): Promise<void> {
    if (this.held?.ids) await this.hold(Vocabulary.full(this.held.size));
  }

  /**
   * All weights in the checkpoint's names, layout and full tables.
   *
   * @returns Arrays on the host, independent of the model.
   * @throws INVALID_ARGUMENT when the weights were disposed.
   */
  async toCheckpoint(): Promise<Checkpoint> {
    const checkpoint: Checkpoint = new Map();
    for (const spec of this.specs) checkpoint.set(spec.name, toCheckpointLayout(spec, await this.fullValues(spec)));
    return checkpoint;
  }

  /**
   * Overwrites every weight and keeps the variables, so that optimisers go on: this is how a run resumes.
   *
   * @param checkpoint The arrays, as `toCheckpoint` gave them.
   * @throws CHECKPOINT_MISMATCH naming every missing, unused and mis-shaped array; nothing is changed then.
   */
  assign(checkpoint: ReadonlyMap<string, CheckpointTensor>): void {
    refuseDifferences(compareCheckpoint(this.specs, checkpoint));
    for (const spec of this.specs) {
      const values = fromCheckpointLayout(spec, checkpoint.get(spec.name)!);
      const variable = this.get(spec.name);
      const ids = spec.vocabulary ? this.held?.ids : undefined;
      if (ids) this.tables.set(spec.name, () => values);
      tf.tidy(() => variable.assign(tf.tensor(ids ? takeRows(values, ids, rowWidth(spec)) : Float32Array.from(values), variable.shape)));
    }
  }

  /**
   * A copy with variables of its own, for an EMA teacher.
   *
   * @param options `trainable` overrides the copied flags.
   * @returns The copy; it shares the host's full tables, which never change.
   */
  clone(options: { trainable?: boolean } = {}): Parameters {
    const copy = new Parameters(this.specs, this.held);
    for (const [name, variable] of this.variables) {
      // A product and not tf.clone: the copy must not share memory with a variable that an optimiser may update in place.
      copy.variables.set(
        name,
        tf.tidy(() => tf.variable(tf.mul(variable, 1), options.trainable ?? variable.trainable)),
      );
    }
    for (const [name, table] of this.tables) copy.tables.set(name, table);
    return copy;
  }

  /** Frees every variable. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
    this.tables.clear();
  }

  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A weight as it is before training. */
  private start(spec: ParameterSpec, seed: number): void {
    const ids = spec.vocabulary ? this.held?.ids : undefined;
    this.put(spec, initialValues(spec, seed, ids));
    if (!ids) return;
    this.tables.set(
      spec.name,
      once(() => initialValues(spec, seed)),
    );
  }

  /** A weight of these values, all rows of a table; the memory is the weight's from now on. */
  private fill(spec: ParameterSpec, values: Float32Array): void {
    const ids = spec.vocabulary ? this.held?.ids : undefined;
    this.put(spec, ids ? takeRows(values, ids, rowWidth(spec)) : values);
    if (ids) this.tables.set(spec.name, () => values);
  }

  private put(spec: ParameterSpec, values: Float32Array, trainable = true): void {
    const shape = spec.vocabulary ? [this.held!.length, ...spec.shape.slice(1)] : [...spec.shape];
    this.variables.set(
      spec.name,
      tf.tidy(() => tf.variable(tf.tensor(values, shape, "float32"), trainable)),
    );
  }

  private async hold(vocabulary: Vocabulary): Promise<void> {
    const tables = this.specs.filter((spec) => spec.vocabulary);
    const full = await Promise.all(tables.map((spec) => this.fullValues(spec)));
    this.held = vocabulary;
    for (const [i, spec] of tables.entries()) {
      const values = full[i]!;
      const before = this.get(spec.name);
      this.put(spec, vocabulary.ids ? takeRows(values, vocabulary.ids, rowWidth(spec)) : values, before.trainable);
      before.dispose();
      if (vocabulary.ids) this.tables.set(spec.name, () => values);
      else this.tables.delete(spec.name);
    }
  }

  /** A weight's values in memory's layout, with all rows; an array of the caller's own. */
  private async fullValues(spec: ParameterSpec): Promise<Float32Array> {
    const values = Float32Array.from(await this.get(spec.name).data<"float32">());
    const ids = spec.vocabulary ? this.held?.ids : undefined;
    if (!ids) return values;
    return putRows(this.tables.get(spec.name)!(), values, ids, rowWidth(spec));
  }
}
