import { fail } from "@rsdix/internal";
import { corrupt, type PickleReader } from "./pickle-reader";
import { PickleGlobal, PickleObject } from "./pickle-values";

/** What gives a pickle's names a meaning. Nothing here looks up what the caller hasn't allowed. */
export interface PickleMeaning {
  /** A class or function that the pickle names. */
  global(module: string, name: string): PickleGlobal;
  /** What a call of `callee` gives: by REDUCE, INST or OBJ, which call anything, or by NEWOBJ, which makes an object of a class. */
  construct(callee: PickleGlobal, args: readonly unknown[], how: "call" | "new"): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** Lists, dictionaries, tuples and objects: torch writes 6 an array, so this is 33,000 arrays; an empty Map takes some 200 bytes. */
const MAX_CONTAINERS = 200_000;
/** Values that wait for their container: a list of Python is written a thousand items at a time. */
const MAX_STACK = 500_000;
/** Values that are remembered: about 8 an array. */
const MAX_MEMO = 270_000;
/** Containers that are open at once. Python itself gives up pickling a few hundred deep. */
const MAX_OPEN = 1000;

/** The machine that a pickle is a program for: a stack, marks in it, and values remembered by number. */
export class PickleMachine {
  done = false;
  readonly #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #containers = 0;

  constructor(
    readonly reader: PickleReader,
    private readonly meaning: PickleMeaning,
  ) {}

  /** The one value that is left at the end. */
  result(): unknown {
    if (this.#stack.length !== 1 || this.#marks.length > 0) corrupt(`${this.#stack.length} values at its end, where one was due`);
    return this.#stack[0];
  }

  push(value: unknown): void {
    if (this.#stack.length >= MAX_STACK) tooLarge("values on its stack", MAX_STACK);
    this.#stack.push(value);
  }

  /** Pushes what takes memory beyond its place on the stack. */
  pushContainer(value: unknown): void {
    this.#countContainer();
    this.push(value);
  }

  #countContainer(): void {
    if (++this.#containers > MAX_CONTAINERS) tooLarge("lists, dictionaries and objects", MAX_CONTAINERS);
  }

  mark(): void {
    if (this.#marks.length >= MAX_OPEN) tooLarge("marks at once", MAX_OPEN);
    this.#marks.push(this.#stack.length);
  }

  /** The last `count` values, none of them below the last mark. */
  popMany(count: number): unknown[] {
    const start = this.#stack.length - count;
    if (start < (this.#marks.at(-1) ?? 0)) corrupt(`an opcode before byte ${this.reader.position} that takes more values than there are`);
    return this.#stack.splice(start);
  }

  pop(): unknown {
    return this.popMany(1)[0];
  }

  popToMark(): unknown[] {
    const start = this.#marks.pop() ?? corrupt(`an opcode before byte ${this.reader.position} that wants a mark, where there is none`);
    return this.#stack.splice(start);
  }

  peek(): unknown {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  remember(index = this.#memo.size): void {
    if (index >= MAX_MEMO) tooLarge("remembered values", MAX_MEMO);
    this.#memo.set(index, this.peek());
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) corrupt(`a reference to value ${index}, which it never remembered`);
    this.push(this.#memo.get(index));
  }

  /** Adds to the list, or the object of a subclass of one, on top of the stack. */
  append(items: readonly unknown[]): void {
    const target = this.peek();
    if (target instanceof PickleObject && !target.items) {
      this.#countContainer();
      target.items = [];
    }
    const list = target instanceof PickleObject ? target.items : target;
    if (!Array.isArray(list)) corrupt("list items for what is no list");
    for (const item of items) list.push(item);
  }

  /** Adds keys and values in turn to the dictionary, or the object of a subclass of one, on top of the stack. */
  fill(items: readonly unknown[]): void {
    const target = this.peek();
    if (target instanceof PickleObject && !target.entries) {
      this.#countContainer();
      target.entries = new Map();
    }
    const entries = target instanceof PickleObject ? target.entries : target;
    if (!(entries instanceof Map)) corrupt("dictionary entries for what is no dictionary");
    if (items.length % 2 !== 0) corrupt("a dictionary key without a value");
    for (let i = 0; i < items.length; i += 2) entries.set(items[i], items[i + 1]);
  }

  addToSet(items: readonly unknown[]): void {
    const target = this.peek();
    if (!(target instanceof Set)) corrupt("set items for what is no set");
    for (const item of items) target.add(item);
  }

  global(module: unknown, name: unknown): PickleGlobal {
    if (typeof module !== "string" || typeof name !== "string") corrupt("a class whose name isn't text");
    return this.meaning.global(module, name);
  }

  /** Pushes what a call gives; what is called must be a name that the pickle wrote as one. */
  construct(callee: unknown, args: unknown, how: "call" | "new"): void {
    if (!(callee instanceof PickleGlobal)) corrupt("a call of what is no class or function");
    if (!Array.isArray(args)) corrupt(`a call of ${callee.path} whose arguments aren't a tuple`);
    this.pushContainer(this.meaning.construct(callee, args, how));
  }

  /** NEWOBJ_EX: the arguments by name come last, as a dictionary. */
  constructNamed(callee: unknown, args: unknown, named: unknown): void {
    if (!Array.isArray(args) || !(named instanceof Map)) corrupt("an object whose arguments aren't a tuple and a dictionary");
    this.construct(callee, named.size > 0 ? [args, named] : args, "new");
  }

  /** Sets the state of an object. An OrderedDict's is a note of torch about versions; a class, or a list, has none to set. */
  build(state: unknown): void {
    const target = this.peek();
    if (target instanceof PickleObject) target.state = state;
    else if (!(target instanceof Map))
      corrupt(`a state for ${target instanceof PickleGlobal ? `${target.path} itself` : "what is no object"}`);
  }

  persistent(id: unknown): void {
    this.pushContainer(this.meaning.persistent(id));
  }
}

/** Throws FILE_TOO_LARGE for a pickle that has more than `limit` of `what`. */
export function tooLarge(what: string, limit: number): never {
  fail("FILE_TOO_LARGE", `The checkpoint's pickle has more than ${limit} ${what}. No checkpoint of a model does: it is hostile.`);
}
