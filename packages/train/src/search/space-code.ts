import type { Random } from "@rsdix/internal";
import { codeOf, type DimensionCode, type ParameterValue, type SearchPoint, type SearchSpace } from "./space";

/** A whole space as the Gaussian process sees it. */
export class SpaceCode {
  private readonly names: readonly string[];
  private readonly codes: readonly DimensionCode[];
  /** Of each column, which parameter that has columns it belongs to: those of one share a length scale. */
  readonly groups: readonly number[];
  /** How many points there are. */
  readonly count: number;

  constructor(space: SearchSpace) {
    this.names = Object.keys(space);
    this.codes = Object.values(space).map(codeOf);
    this.groups = this.codes.filter(({ columns }) => columns > 0).flatMap(({ columns }, i) => new Array<number>(columns).fill(i));
    this.count = this.codes.reduce((product, { count }) => product * count, 1);
  }

  /** The point at a fraction of each parameter's range. */
  at(fractions: readonly number[]): SearchPoint {
    return this.point(this.codes.map((code, i) => code.at(fractions[i]!)));
  }

  /** A point drawn evenly. */
  draw(random: Random): SearchPoint {
    return this.at(this.codes.map(() => random.next()));
  }

  /** Points of which each parameter's values lie in as many equal parts of its range as there are points (Latin hypercube; McKay et al. 1979). */
  spread(count: number, random: Random): SearchPoint[] {
    const parts = this.codes.map((_, i) => random.fork(i).shuffle(Array.from({ length: count }, (_, part) => part)));
    return Array.from({ length: count }, (_, point) => {
      const stream = random.fork("point").fork(point);
      return this.at(parts.map((part) => (part[point]! + stream.next()) / count));
    });
  }

  /** Every point of a finite space, the last parameter's values changing fastest. */
  *all(): Generator<SearchPoint> {
    for (let index = 0; index < this.count; index++) {
      let rest = index;
      const values: ParameterValue[] = [];
      for (const { count, nth } of [...this.codes].reverse()) {
        values.unshift(nth(rest % count));
        rest = Math.floor(rest / count);
      }
      yield this.point(values);
    }
  }

  /** The point's columns; undefined, with the parameter's name, where it is none of the space. */
  encode(point: Readonly<Record<string, unknown>>): { columns: number[] } | { wrong: string } {
    const columns: number[] = [];
    for (const [i, name] of this.names.entries()) {
      const encoded = Object.hasOwn(point, name) ? this.codes[i]!.encode(point[name]) : undefined;
      if (!encoded) return { wrong: name };
      columns.push(...encoded);
    }
    const stranger = Object.keys(point).find((name) => !this.names.includes(name));
    return stranger === undefined ? { columns } : { wrong: stranger };
  }

  /** The point whose columns are nearest. */
  decode(columns: readonly number[]): SearchPoint {
    let start = 0;
    return this.point(
      this.codes.map((code) => {
        const own = columns.slice(start, start + code.columns);
        start += code.columns;
        return code.decode(own);
      }),
    );
  }

  /** The columns of a point that is known to be of the space. */
  columnsOf(point: SearchPoint): number[] {
    const columns: number[] = [];
    for (const [i, name] of this.names.entries()) columns.push(...this.codes[i]!.encode(point[name])!);
    return columns;
  }

  /** Tells points apart. */
  key(point: SearchPoint): string {
    return JSON.stringify(this.names.map((name) => point[name]));
  }

  private point(values: readonly ParameterValue[]): SearchPoint {
    return Object.fromEntries(this.names.map((name, i) => [name, values[i]!]));
  }
}
