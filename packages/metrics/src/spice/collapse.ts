import { DependencyGraph, type Token } from "./dependency-graph";
import type { ParserWords } from "./parser-words";
import { mergePrepositions, type Tree } from "./prepositions";

/**
 * The collapsed graph of a tree of Universal Dependencies 1 with conjunctions propagated: a noun's relation takes its preposition's name,
 * and what is joined by "and" shares its governors and subjects.
 *
 * @param heads - The head of each word, or the count of words for the root.
 * @param words - Has the prepositions of several words.
 */
export function collapse(
  tokens: readonly Token[],
  heads: ArrayLike<number>,
  labels: readonly string[],
  words: ParserWords,
): DependencyGraph {
  const tree = { lower: tokens.map((token) => token.word.toLowerCase()), head: Array.from(heads), label: [...labels] };
  const named = mergePrepositions(tree, words);
  const graph = new DependencyGraph(tokens, tree.head.indexOf(tokens.length));
  for (let i = 0; i < tokens.length; i++) {
    if (tree.head[i] !== tokens.length) graph.add(tree.head[i]!, i, nameOf(tree, i, named.get(i) ?? prepositionOf(tree, i)));
  }
  for (let i = 0; i < tokens.length; i++) {
    if (tree.label[i] !== "conj") continue;
    shareGovernors(graph, tree, i);
    shareSubjects(graph, tree, i);
  }
  return graph;
}

function childrenWith({ head, label }: Tree, i: number, name: string): number[] {
  const out: number[] = [];
  for (let k = 0; k < head.length; k++) if (head[k] === i && label[k] === name) out.push(k);
  return out;
}

const has = (tree: Tree, i: number, name: string): boolean => tree.head.some((head, k) => head === i && tree.label[k] === name);

function prepositionOf(tree: Tree, i: number): string | undefined {
  const last = childrenWith(tree, i, "case").at(-1);
  return last === undefined ? undefined : tree.lower[last];
}

function nameOf(tree: Tree, i: number, preposition: string | undefined): string {
  const { lower, head, label } = tree;
  const name = label[i]!;
  if (name === "conj") {
    const ccs = childrenWith(tree, head[i]!, "cc");
    const cc = ccs.filter((k) => k < i).at(-1) ?? ccs[0];
    if (cc === undefined) return name;
    return `conj:${lower[cc] === "as" && lower[cc + 1] === "well" ? "and" : lower[cc]}`;
  }
  if (preposition === undefined || (name !== "nmod" && name !== "advcl" && name !== "acl")) return name;
  return name === "nmod" && preposition === "by" && has(tree, head[i]!, "auxpass") ? "nmod:agent" : `${name}:${preposition}`;
}

/** What the first of a list hangs on holds the others, too: under a preposition of their own where they have one. */
function shareGovernors(graph: DependencyGraph, tree: Tree, i: number): void {
  const own = prepositionOf(tree, i);
  for (const { governor, relation } of graph.to(tree.head[i]!)) {
    if (relation.startsWith("conj") || governor === i) continue;
    graph.add(governor, i, own !== undefined && relation.startsWith("nmod:") ? `nmod:${own}` : relation);
  }
}

/** A predicate without a subject of its own has that of the first. */
function shareSubjects(graph: DependencyGraph, tree: Tree, i: number): void {
  const first = tree.head[i]!;
  const { tag } = graph.tokens[i]!;
  const isPredicate = /^[VJ]/.test(tag) || has(tree, i, "cop");
  const isSubject = ({ relation }: { relation: string }) => /^[nc]subj(pass)?$/.test(relation);
  if (!isPredicate || graph.from(i).some(isSubject)) return;
  const isPassive = has(tree, i, "auxpass") || (tag === "VBN" && has(tree, first, "auxpass"));
  for (const { dependent, relation } of graph.from(first).filter(isSubject)) {
    graph.add(i, dependent, isPassive ? "nsubjpass" : relation.replace("pass", ""));
  }
}
