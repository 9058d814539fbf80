// The prepositions of several words, from the Stanford typed dependencies manual (de Marneffe and Manning 2008), section on collapsing.
const TWO_WORDS = new Set(
  `according_to across_from ahead_of along_with alongside_of apart_from as_for as_from as_of as_per as_to aside_from away_from based_on
  because_of close_by close_to contrary_to compared_to compared_with due_to depending_on except_for exclusive_of far_from followed_by inside_of
  instead_of irrespective_of next_to near_to off_of out_of outside_of owing_to preliminary_to preparatory_to previous_to prior_to pursuant_to
  regardless_of subsequent_to such_as thanks_to together_with`.split(/\s+/),
);
const THREE_WORDS = new Set(
  `by_means_of in_accordance_with in_addition_to in_case_of in_front_of in_lieu_of in_place_of in_spite_of on_account_of on_behalf_of on_top_of
  with_regard_to with_respect_to`.split(/\s+/),
);

/** A tree that is edited: the head of each word (the count of words for the root) and the name of its arc. */
export interface Tree {
  readonly lower: readonly string[];
  readonly head: number[];
  readonly label: string[];
}

/** Joins prepositions of several words (in place); returns the name of the preposition of each noun that has such a one. */
export function mergePrepositions(tree: Tree): Map<number, string> {
  const { lower } = tree;
  const named = new Map<number, string>();
  for (let i = 0; i + 1 < lower.length; i++) {
    const two = `${lower[i]}_${lower[i + 1]}`;
    const three = `${two}_${lower[i + 2]}`;
    const [noun, name] = THREE_WORDS.has(three)
      ? [mergeThree(tree, i), three]
      : TWO_WORDS.has(two) && lower[i - 1] !== "not"
        ? [mergeTwo(tree, i), two]
        : [undefined, ""];
    if (noun !== undefined) named.set(noun, name);
  }
  return named;
}

/** "in front of": what "front" hung on now holds the noun. */
function mergeThree({ lower, head, label }: Tree, first: number): number | undefined {
  const [middle, last] = [first + 1, first + 2];
  const noun = head[last]!;
  if (label[last] !== "case" || noun >= lower.length || head[noun] !== middle) return undefined;
  if (label[first] !== "case" || head[first] !== middle) return undefined;
  takePlace(head, label, middle, noun, label[middle]!);
  hangWords(head, label, noun, first, [middle, last]);
  return noun;
}

/** "next to": whether "next" hung beside the noun, on it or above it. */
function mergeTwo({ lower, head, label }: Tree, first: number): number | undefined {
  const second = first + 1;
  if (label[second] === "mwe" && head[second] === first && label[first] === "case") return head[first]!;
  const noun = head[second]!;
  if (label[second] !== "case" || noun >= lower.length) return undefined;
  const isOnNoun = head[first] === noun && (label[first] === "case" || label[first] === "advmod");
  const isBeside = head[first] === head[noun] && label[first] === "advmod" && label[noun] === "nmod";
  const isAbove = head[noun] === first && label[noun] === "nmod" && label[first] !== "ccomp";
  if (!isOnNoun && !isBeside && !isAbove) return undefined;
  if (isAbove && !isOnNoun) {
    const keepsName = label[first] === "acl" || label[first] === "advcl" || label[first] === "root";
    takePlace(head, label, first, noun, keepsName ? label[first]! : "nmod");
  }
  hangWords(head, label, noun, first, [second]);
  return noun;
}

/** The noun hangs where `from` hung, and what hung on `from` hangs on the noun. */
function takePlace(head: number[], label: string[], from: number, noun: number, name: string): void {
  head[noun] = head[from]!;
  label[noun] = name;
  for (let k = 0; k < head.length; k++) if (head[k] === from && k !== noun) head[k] = noun;
}

function hangWords(head: number[], label: string[], noun: number, first: number, others: readonly number[]): void {
  head[first] = noun;
  label[first] = "case";
  for (const k of others) {
    head[k] = first;
    label[k] = "mwe";
  }
}
