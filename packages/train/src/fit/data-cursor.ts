import { fail, isRecord } from "@rsdix/internal";
import type { BatchSource } from "./task";

/** Where a run stands in its data, as batches of `@rsdix/data` say it (their `position`): plain JSON. */
type Position = Readonly<Record<string, unknown>>;

/** What moves from batch to batch; the rest names the data and their order. */
const MOVING = ["step", "epoch"];

/** Hands out a run's batches and remembers where it stands, so that it doesn't go on in other data, or in another order. */
export class DataCursor<Batch> {
  private last: Position | undefined;
  private expected: Position | undefined;
  private wasStopped = false;

  constructor(
    private readonly task: string,
    private readonly data: BatchSource<Batch>,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Whether a batch could not be had because the signal came. */
  get stopped(): boolean {
    return this.wasStopped;
  }

  /** For a checkpoint: the position after the last batch, where the batches tell one. */
  get position(): Position | undefined {
    return this.last;
  }

  /** Goes on where a checkpoint was made. */
  resume(position: unknown): void {
    if (!isPosition(position)) return;
    this.last = position;
    this.expected = position;
  }

  /** A batch, by its number from 0. */
  async batch(index: number): Promise<Batch> {
    const batch = await this.read(index);
    const position = isRecord(batch) && isPosition(batch.position) ? batch.position : undefined;
    if (this.expected) this.compare(this.expected, position ?? {});
    this.expected = undefined;
    this.last = position;
    return batch;
  }

  private async read(index: number): Promise<Batch> {
    try {
      return await this.data.batch(index);
    } catch (error) {
      this.wasStopped = this.signal?.aborted ?? false;
      throw error;
    }
  }

  private compare(then: Position, now: Position): void {
    const field = Object.keys(then).find((name) => !MOVING.includes(name) && JSON.stringify(then[name]) !== JSON.stringify(now[name]));
    if (field === undefined) return;
    fail(
      "CHECKPOINT_MISMATCH",
      `${this.task}: the checkpoint was made with other data or another order: ${field} was ${show(then[field])} and is ${show(now[field])}. Use the same data, or start anew.`,
    );
  }
}

const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));

/** A batch may have a `position` that says something else, such as where its images were taken. */
function isPosition(value: unknown): value is Position {
  return isRecord(value) && MOVING.every((name) => typeof value[name] === "number");
}
