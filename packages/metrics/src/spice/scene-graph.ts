import type { WordNet } from "../wordnet/wordnet";
import { type Concept, conceptOf, isSameConcept, isSimilar, similarity, union } from "./concepts";
import type { SpiceTuple } from "./extract-tuples";

/** A tuple of a scene graph: one, two or three concepts. */
export type ConceptTuple = readonly Concept[];

interface Node {
  concept: Concept;
  attributes: Concept[];
}

interface Edge {
  readonly source: Node;
  concept: Concept;
  readonly target: Node;
}

/** A scene graph: things that may be the same are one node, and so are attributes of a thing and relations of two things. */
export class SceneGraph {
  private readonly nodes: Node[] = [];
  private readonly edges: Edge[] = [];

  constructor(private readonly wordnet: WordNet) {}

  /** The graph of the tuples, taken in their order. */
  static of(tuples: readonly SpiceTuple[], wordnet: WordNet): SceneGraph {
    const graph = new SceneGraph(wordnet);
    for (const [first, second, third] of tuples) {
      if (third !== undefined) graph.relate(first, second!, third);
      else if (second !== undefined) graph.describe(first, second);
      else graph.node(first);
    }
    return graph;
  }

  /** All tuples, each once: things, then what they are like, then how they stand to each other. */
  tuples(): ConceptTuple[] {
    return [
      ...this.nodes.map((node) => [node.concept]),
      ...this.nodes.flatMap((node) => node.attributes.map((attribute) => [node.concept, attribute])),
      ...this.edges.map((edge) => [edge.source.concept, edge.concept, edge.target.concept]),
    ];
  }

  private node(word: string): Node {
    const concept = conceptOf(word, this.wordnet);
    const same = this.nodes.find((node) => isSameConcept(node.concept, concept));
    if (same) return same;
    let best: Node | undefined;
    let highest = 0;
    for (const node of this.nodes) {
      const value = similarity(node.concept, concept);
      if (value <= highest) continue;
      best = node;
      highest = value;
    }
    if (best) {
      best.concept = union(best.concept, concept);
      return best;
    }
    const node = { concept, attributes: [] };
    this.nodes.push(node);
    return node;
  }

  private describe(word: string, attribute: string): void {
    const node = this.node(word);
    const concept = conceptOf(attribute, this.wordnet);
    if (node.attributes.some((known) => isSameConcept(known, concept))) return;
    const at = node.attributes.findIndex((known) => isSimilar(known, concept));
    if (at < 0) node.attributes.push(concept);
    else node.attributes[at] = union(node.attributes[at]!, concept);
  }

  private relate(subject: string, relation: string, object: string): void {
    const source = this.node(subject);
    const target = this.node(object);
    const concept = conceptOf(relation.startsWith("be ") ? relation.slice(3) : relation, this.wordnet);
    const between = this.edges.filter((edge) => edge.source === source && edge.target === target);
    if (between.some((edge) => isSameConcept(edge.concept, concept))) return;
    const similar = between.find((edge) => isSimilar(edge.concept, concept));
    if (similar) similar.concept = union(similar.concept, concept);
    else this.edges.push({ source, concept, target });
  }
}
