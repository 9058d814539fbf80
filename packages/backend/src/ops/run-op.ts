import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type Attributes, type Kernel, runKernel, type Tensors } from "./kernel";

/** A part of a model that is an operation of its own, computed by other operations. */
interface Composition {
  readonly name: string;
  compute(inputs: Tensors): tf.Tensor;
}

/** One differentiable operation: a kernel and what to do with the gradient of its output. */
export interface Op {
  readonly kernel: Kernel | Composition;
  /** What gradients may be asked for. */
  readonly inputs: Tensors;
  /** What has none: ids, targets, masks. */
  readonly constants?: Tensors;
  readonly attrs: Attributes;
  /** Names of the inputs and constants that the gradient reads; `y` is the output. The kernel's state is always kept. */
  readonly saves: readonly string[];
  /** `saved` holds what `saves` names, and the state as `state`, `state2` and so on. */
  gradient(dy: tf.Tensor, saved: Tensors): OpGradient;
}

/** The way back through an operation. */
interface OpGradient {
  /** A function for each input; only those that are asked for run, so that a frozen weight costs nothing. */
  readonly gradients: Readonly<Record<string, () => tf.Tensor>>;
  /** What several of them use or return, made beforehand; freed as soon as the next operation's turn comes. */
  readonly shared?: readonly tf.Tensor[];
}

/** What is used of tfjs's engine beyond its published types. `tf.customGrad` is a wrapper around `runKernelFunc`. */
interface Engine {
  readonly state: {
    readonly gradientDepth: number;
    readonly kernelDepth: number;
    readonly activeTape: Tape | null;
    readonly scopeStack: readonly Scope[];
    activeScope: Scope | null;
  };
  runKernelFunc?(call: {
    forwardFunc: () => tf.Tensor;
    backwardsFunc: (dy: tf.Tensor) => Record<string, () => tf.Tensor>;
    inputs: Tensors;
  }): tf.Tensor;
}

type Tape = readonly { readonly saved: tf.Tensor[] }[];

interface Scope {
  readonly id: number;
  readonly name: string;
}

/** What is known of the tape that is being recorded or read. */
interface Pass {
  readonly tape: Tape;
  /** Frees what the operation whose turn has just been needs no more. */
  release(): void;
  /** Gradients given so far, by the id of the tensor that they are the gradient of. */
  readonly given: Map<number, tf.Tensor[]>;
}

const nothing = (): void => undefined;
let pass: Pass = { tape: [], release: nothing, given: new Map() };

/**
 * Runs an operation: one kernel and, where a gradient is being recorded, one node of the tape. Beside `tf.customGrad` it computes only
 * the gradients that are asked for, and frees what an operation saved as soon as it has been used and not at the end of the whole pass, so
 * that memory falls on the way back as in PyTorch.
 */
export function runOp(op: Op): tf.Tensor {
  const engine = tf.engine() as unknown as Engine;
  const { gradientDepth, kernelDepth } = engine.state;
  const inputs = { ...op.inputs, ...op.constants };
  if (gradientDepth === 0 || kernelDepth > 0) return compute(op, inputs, false)[0]!;
  return engine.runKernelFunc ? record(engine, op, inputs) : recordCustomGrad(op, inputs);
}

function compute({ kernel, attrs }: Op, inputs: Tensors, training: boolean): tf.Tensor[] {
  return "compute" in kernel ? [tf.tidy(() => kernel.compute(inputs))] : runKernel(kernel, inputs, { ...attrs, training });
}

function record(engine: Engine, op: Op, inputs: Tensors): tf.Tensor {
  const current = passOf(engine.state.activeTape!);
  let saved: Tensors = {};
  const output = engine.runKernelFunc!({
    inputs: op.inputs,
    forwardFunc() {
      const [y, ...state] = compute(op, inputs, true);
      saved = holdOn(engine, toSave(op, { ...inputs, y: y! }, state));
      return y!;
    },
    backwardsFunc(dy) {
      if (engine.state.gradientDepth > 0) {
        // tfjs would give one, but a wrong one: in 4.22 what an op saves of its output is not connected with the input on the tape.
        fail(
          "INVALID_ARGUMENT",
          `${op.kernel.name} has no second derivative. Take the inner gradient before the outer function, as a constant, or write that part with tfjs's own ops.`,
        );
      }
      current.release();
      current.release = nothing;
      const { gradients, shared = [] } = op.gradient(dy, saved);
      const returned = new Set<tf.Tensor>();
      const own = current.given.get(output.id);
      const madeHere = isMadeHere(dy, engine);
      current.release = () => {
        tf.dispose(Object.values(saved));
        tf.dispose(shared.filter((tensor) => !returned.has(tensor)));
        if (own) tf.dispose(madeHere ? [...own, dy] : own);
      };
      const give = (name: string, compute: () => tf.Tensor) => () => {
        const gradient = compute();
        returned.add(gradient);
        const { id } = op.inputs[name]!;
        const others = current.given.get(id);
        if (others) others.push(gradient);
        else current.given.set(id, [gradient]);
        return gradient;
      };
      return Object.fromEntries(Object.entries(gradients).map(([name, compute]) => [name, give(name, compute)]));
    },
  });
  // The engine frees these with the tape: an operation that no gradient passes through never has its turn.
  engine.state.activeTape!.at(-1)!.saved.push(...Object.values(saved));
  return output;
}

/** The record of this tape. When it is a new one, what an exception left of the tape before is freed: the engine itself would keep it. */
function passOf(tape: Tape): Pass {
  if (pass.tape !== tape) {
    for (const { saved } of pass.tape) tf.dispose(saved);
    pass = { tape, release: nothing, given: new Map() };
  }
  return pass;
}

/**
 * Runs a gradient inside the way back of another one, whose record is put aside meanwhile. An exception frees what the inner one had kept.
 */
export function gradientWithin<T>(compute: () => T): T {
  const engine = tf.engine() as unknown as { state: { activeTape: Tape | null } };
  const outer = { pass, tape: engine.state.activeTape };
  pass = { tape: [], release: nothing, given: new Map() };
  try {
    return compute();
  } finally {
    pass.release();
    for (const { saved } of pass.tape) tf.dispose(saved);
    pass = outer.pass;
    // The engine frees by it what the outer way back has kept, and has dropped it at the inner one's end.
    engine.state.activeTape = outer.tape;
  }
}

/**
 * References to tensors that outlive the function that is differentiated. They belong to the scope around the gradient, if there is one, so
 * that an exception frees them with everything else.
 */
function holdOn(engine: Engine, tensors: Tensors): Tensors {
  const { scopeStack, activeScope } = engine.state;
  const forward = scopeStack.findIndex(({ name }) => name === "forward"); // the engine's name for the differentiated function's scope
  engine.state.activeScope = scopeStack[forward - 1] ?? null;
  try {
    // The kernel and not tf.clone, which would open a scope of its own.
    const reference = (x: tf.Tensor) => tf.engine().runKernel(tf.Identity, { x }) as tf.Tensor;
    return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, reference(tensor)]));
  } finally {
    engine.state.activeScope = activeScope;
  }
}

function toSave(op: Op, tensors: Tensors, state: readonly tf.Tensor[]): Tensors {
  const chosen = op.saves.flatMap((name) => (tensors[name] ? [[name, tensors[name]] as const] : []));
  return Object.fromEntries([...chosen, ...state.map((tensor, i) => [i === 0 ? "state" : `state${i + 1}`, tensor] as const)]);
}

/**
 * Whether an output's gradient was made by this way back and not handed in by the caller. Together with a gradient that an operation here
 * gave for the same output, this means that nobody else holds it: it is that gradient, or the engine's sum of it and others.
 */
function isMadeHere(dy: tf.Tensor, engine: Engine): boolean {
  return !dy.kept && dy.scopeId === engine.state.activeScope?.id;
}

/** The same by tfjs's public means, should a version of it hide the engine's: all gradients are computed, and freed at the end. */
export function recordCustomGrad(op: Op, inputs: Tensors): tf.Tensor {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const [value, ...state] = compute(op, inputs, true);
    const kept = toSave(op, { ...inputs, y: value! }, state);
    save(Object.values(kept));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const { gradients } = op.gradient(dy, Object.fromEntries(Object.keys(kept).map((name, i) => [name, saved[i]!])));
      return Object.keys(op.inputs).map((name) => gradients[name]!());
    };
    return { value: value!, gradFunc };
  });
  return run(...Object.values(op.inputs));
}
