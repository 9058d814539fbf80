/** A word of a sentence with its part-of-speech tag (Penn Treebank) and its base form in lower case. */
export interface Token {
  readonly word: string;
  readonly tag: string;
  readonly lemma: string;
}

/** An arc of the graph: numbers of words, and the name of the relation with its preposition ("nmod:in_front_of"). */
export interface Arc {
  readonly governor: number;
  readonly dependent: number;
  readonly relation: string;
}

/** The dependencies of a sentence: not a tree any more once shared dependents are spelled out. */
export class DependencyGraph {
  arcs: Arc[] = [];

  constructor(
    readonly tokens: readonly Token[],
    /** The word that hangs on nothing. */
    public root: number,
  ) {}

  /** Adds an arc unless the two words have one of that name; from a word to itself where `allowLoop` says so. */
  add(governor: number, dependent: number, relation: string, allowLoop = false): void {
    if (governor === dependent && !allowLoop) return;
    for (const arc of this.arcs) if (arc.governor === governor && arc.dependent === dependent && arc.relation === relation) return;
    this.arcs.push({ governor, dependent, relation });
  }

  remove(arc: Arc): void {
    const at = this.arcs.indexOf(arc);
    if (at >= 0) this.arcs.splice(at, 1);
  }

  /** The arcs that leave a word, by the place of their dependents. */
  from(governor: number): Arc[] {
    return this.arcs.filter((arc) => arc.governor === governor).sort((a, b) => a.dependent - b.dependent);
  }

  /** The arcs that end at a word. */
  to(dependent: number): Arc[] {
    return this.arcs.filter((arc) => arc.dependent === dependent);
  }
}
