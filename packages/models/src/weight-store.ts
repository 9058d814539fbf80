import { fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { listNames } from "./checkpoint/checkpoint";
import { initialValues, type ParameterSpec } from "./initialize";
import { type FullTable, once, putRows, rowWidth, takeRows } from "./tables";
import { Vocabulary } from "./vocabulary";

/** The variables of a model by name, and behind a token table that is held compactly all of its rows. Values here have memory's layout. */
export class WeightStore {
  private readonly variables = new Map<string, tf.Variable>();
  private readonly tables = new Map<string, FullTable>();
  private held: Vocabulary | undefined;

  constructor(
    private readonly specs: readonly ParameterSpec[],
    vocabulary: Vocabulary | undefined,
  ) {
    const sizes = new Set(specs.filter((spec) => spec.vocabulary).map((spec) => spec.shape[0]!));
    if (sizes.size > 1) fail("INVALID_ARGUMENT", `Token tables of one model must have the same rows, got ${[...sizes].join(" and ")}.`);
    const [size] = sizes;
    // By what it does: a program may have two copies of the class.
    if (vocabulary !== undefined && typeof vocabulary?.rowsOf !== "function") {
      fail(
        "INVALID_ARGUMENT",
        `vocabulary must be a Vocabulary, like Vocabulary.compact(${size ?? "size"}, ids), got ${show(vocabulary)}.`,
      );
    }
    if (vocabulary && vocabulary.size !== size) {
      fail("INVALID_ARGUMENT", `The vocabulary has ${vocabulary.size} tokens, but the model's table has ${size ?? "no"} rows.`);
    }
    this.held = vocabulary ?? (size === undefined ? undefined : Vocabulary.full(size));
  }

  /** Runs what gives every weight its values; where that fails, those that were made are freed. */
  filling(fill: () => void): this {
    try {
      fill();
      return this;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Which rows of the token table are held; undefined for a model without one. */
  get vocabulary(): Vocabulary | undefined {
    return this.held;
  }

  /** One weight; INVALID_ARGUMENT when there is none of this name. */
  get(name: string): tf.Variable {
    return (
      this.variables.get(name) ??
      fail("INVALID_ARGUMENT", `There is no weight "${show(name)}". There are: ${listNames([...this.variables.keys()])}.`)
    );
  }

  /** A weight as it is before training. */
  start(spec: ParameterSpec, seed: number): void {
    const ids = this.idsOf(spec);
    this.put(spec, initialValues(spec, seed, ids));
    if (!ids) return;
    this.tables.set(
      spec.name,
      once(() => initialValues(spec, seed)),
    );
  }

  /** A weight of these values, all rows of a table; the memory is the weight's from now on. */
  fill(spec: ParameterSpec, values: Float32Array): void {
    const ids = this.idsOf(spec);
    this.put(spec, ids ? takeRows(values, ids, rowWidth(spec)) : values);
    if (ids) this.tables.set(spec.name, () => values);
  }

  /** New values for a weight, all rows of a table, in its variable. */
  assign(spec: ParameterSpec, values: Float32Array): void {
    const variable = this.get(spec.name);
    const ids = this.idsOf(spec);
    if (ids) this.tables.set(spec.name, () => values);
    tf.tidy(() => variable.assign(tf.tensor(ids ? takeRows(values, ids, rowWidth(spec)) : Float32Array.from(values), variable.shape)));
  }

  /** Holds these rows of every token table from now on; the variables are replaced. */
  async hold(vocabulary: Vocabulary): Promise<void> {
    const tables = this.specs.filter((spec) => spec.vocabulary);
    const full = await Promise.all(tables.map((spec) => this.fullValues(spec)));
    this.held = vocabulary;
    for (const [i, spec] of tables.entries()) {
      const before = this.get(spec.name);
      this.tables.delete(spec.name);
      this.fill(spec, full[i]!);
      this.get(spec.name).trainable = before.trainable;
      before.dispose();
    }
  }

  /** A weight's values with all rows; an array of the caller's own. */
  async fullValues(spec: ParameterSpec): Promise<Float32Array> {
    const values = Float32Array.from(await this.get(spec.name).data<"float32">());
    const ids = this.idsOf(spec);
    return ids ? putRows(this.tables.get(spec.name)!(), values, ids, rowWidth(spec)) : values;
  }

  /** A copy with variables of its own; it shares the host's full tables, which never change. */
  clone(trainable?: boolean): WeightStore {
    if (this.variables.size < this.specs.length) fail("INVALID_ARGUMENT", "clone: the weights were disposed; there is nothing to copy.");
    const copy = new WeightStore(this.specs, this.held);
    copy.filling(() => {
      for (const { name } of this.specs) {
        const variable = this.get(name); // fails where they were disposed
        // A product and not tf.clone: the copy must not share memory with a variable that an optimiser may update in place.
        const made = tf.tidy(() => tf.variable(tf.mul(variable, 1), trainable ?? variable.trainable));
        copy.variables.set(name, made);
      }
    });
    for (const [name, table] of this.tables) copy.tables.set(name, table);
    return copy;
  }

  /** Frees every variable. */
  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
    this.tables.clear();
  }

  private idsOf(spec: ParameterSpec): Int32Array | undefined {
    return spec.vocabulary ? this.held?.ids : undefined;
  }

  private put(spec: ParameterSpec, values: Float32Array): void {
    const shape = spec.vocabulary ? [this.held!.length, ...spec.shape.slice(1)] : [...spec.shape];
    this.variables.set(
      spec.name,
      tf.tidy(() => tf.variable(tf.tensor(values, shape, "float32"))),
    );
  }
}
