import type { DependencyGraph } from "./dependency-graph";

/** Lets what is said of "it" be said of the noun that it stands for (in place): the first noun from the root down that comes before it. */
export function resolvePronouns(graph: DependencyGraph): void {
  const { tokens } = graph;
  for (let i = 1; i < tokens.length; i++) {
    if (!tokens[i]!.tag.startsWith("PRP") || graph.to(i).length === 0) continue;
    const antecedent = firstNoun(graph, isSingular(tokens[i]!.word));
    if (antecedent === undefined || antecedent >= i) continue;
    for (const arc of graph.to(i)) {
      graph.remove(arc);
      graph.add(arc.governor, antecedent, arc.relation, true);
    }
  }
}

const PLURAL = new Set("they them their theirs we us our ours themselves ourselves".split(" "));
const isSingular = (pronoun: string): boolean => !PLURAL.has(pronoun.toLowerCase());

function firstNoun(graph: DependencyGraph, singular: boolean): number | undefined {
  const seen = new Set([graph.root]);
  const queue = [graph.root];
  for (const i of queue) {
    const { tag } = graph.tokens[i]!;
    if (singular ? tag === "NN" || tag === "NNP" : tag.startsWith("NN")) return i;
    for (const { dependent } of graph.from(i)) {
      if (seen.has(dependent)) continue;
      seen.add(dependent);
      queue.push(dependent);
    }
  }
  return undefined;
}
