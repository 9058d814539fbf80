import type { Arc, DependencyGraph } from "./dependency-graph";
import { COUNTED_BY } from "./quantifiers";

/** A proposition of a caption: a thing; a thing and what it is like; a thing, a relation and another thing. */
export type SpiceTuple =
  | readonly [object: string]
  | readonly [object: string, attribute: string]
  | readonly [subject: string, relation: string, object: string];

/** The tuples of one sentence in the order in which the graph is built of them, by the patterns of the scene graph parser that SPICE uses. */
export function extractTuples(graph: DependencyGraph): SpiceTuple[] {
  const out: SpiceTuple[] = [];
  const reader = new Reader(graph);
  for (let i = 0; i < graph.tokens.length; i++) {
    const arcs = graph.from(i);
    for (const arc of arcs) {
      if (arc.relation === "nsubj") out.push(...reader.ofSubject(i, arcs, arc.dependent));
    }
    for (const arc of arcs) {
      if (arc.relation === "nmod:agent") out.push(...reader.ofAgent(i, arcs, arc.dependent));
      else if (arc.relation === "amod") out.push([reader.lemma(i), reader.lemma(arc.dependent)]);
      else if (reader.isNoun(i)) out.push(...reader.ofNoun(i, arc));
    }
  }
  for (let i = 0; i < graph.tokens.length; i++) if (reader.isNoun(i) && !reader.isInCompound(i)) out.push([reader.lemma(i)]);
  return out;
}

class Reader {
  constructor(private readonly graph: DependencyGraph) {}

  lemma(i: number): string {
    return this.graph.tokens[i]!.lemma;
  }

  isNoun(i: number): boolean {
    return this.graph.tokens[i]!.tag.startsWith("NN");
  }

  /** What a predicate says of its subject: how it stands to the objects, to itself by its preposition, or what it is like. */
  ofSubject(predicate: number, arcs: readonly Arc[], subject: number): SpiceTuple[] {
    const isAdjective = this.graph.tokens[predicate]!.tag.startsWith("J");
    if (!this.isNoun(subject)) return isAdjective ? [[this.lemma(subject), this.lemma(predicate)]] : [];
    const related = arcs.some((arc) => arc.relation === "cop") ? [] : this.toObjects(subject, predicate, arcs);
    if (related.length > 0) return related;
    const cases = arcs.filter((arc) => arc.relation === "case");
    if (cases.length > 0) return [[this.lemma(subject), this.caseWords(cases), this.lemma(predicate)]];
    return this.lemma(predicate) === "be" ? [] : [[this.lemma(subject), this.lemma(predicate)]];
  }

  /** "trees surround the lake" of "the lake is surrounded by trees". */
  ofAgent(verb: number, arcs: readonly Arc[], agent: number): SpiceTuple[] {
    if (!this.isNoun(agent)) return [];
    const patients = arcs.filter((arc) => arc.relation === "nsubjpass" && this.isNoun(arc.dependent));
    return patients.map(({ dependent }) => [this.lemma(agent), this.lemma(verb), this.lemma(dependent)]);
  }

  /** What an arc from a noun says of it. */
  ofNoun(noun: number, arc: Arc): SpiceTuple[] {
    const { dependent, relation } = arc;
    const [own, other] = [this.lemma(noun), this.lemma(dependent)];
    if (relation === "acl") return this.toObjects(noun, dependent, this.graph.from(dependent));
    if (relation === "nmod:poss") return this.isNoun(dependent) ? [[other, "have", own]] : [];
    if (relation === "compound") return this.isNoun(dependent) ? [[own, other]] : [];
    const counts = (relation === "nummod" && dependent < noun) || relation === COUNTED_BY;
    if (counts) return /^NNP?S$/.test(this.graph.tokens[noun]!.tag) ? [[own, other]] : [];
    const preposition = prepositionOf(arc);
    return preposition === undefined ? [] : [[own, preposition, other]];
  }

  /** A noun in a compound gets no tuple of its own: the head is there by its attribute, and the other is that attribute. */
  isInCompound(i: number): boolean {
    return this.graph.arcs.some(
      ({ governor, dependent, relation }) =>
        relation === "compound" && (dependent === i || governor === i) && this.isNoun(dependent) && this.isNoun(governor),
    );
  }

  private toObjects(subject: number, verb: number, arcs: readonly Arc[]): SpiceTuple[] {
    const particle = arcs.find((arc) => arc.relation === "compound:prt");
    const objects = arcs.filter((arc) => OBJECT.test(arc.relation) && this.isNoun(arc.dependent));
    return objects.map((object) => {
      const words = [this.lemma(verb), particle && this.lemma(particle.dependent), prepositionOf(object)];
      return [this.lemma(subject), words.filter(Boolean).join(" "), this.lemma(object.dependent)];
    });
  }

  /** The words of the prepositions of a noun, in order. */
  private caseWords(cases: readonly Arc[]): string {
    const parts = cases.flatMap(({ dependent }) => this.graph.from(dependent).filter((arc) => arc.relation === "mwe"));
    return [...cases, ...parts]
      .map((arc) => arc.dependent)
      .sort((a, b) => a - b)
      .map((i) => this.graph.tokens[i]!.word.toLowerCase())
      .join(" ");
  }
}

const OBJECT = /^(?:[di]obj$|nmod:)/;

function prepositionOf({ relation }: Arc): string | undefined {
  if (!relation.startsWith("nmod:") || relation === "nmod:poss" || relation === "nmod:agent") return undefined;
  return relation.slice(5).replaceAll("_", " ");
}
