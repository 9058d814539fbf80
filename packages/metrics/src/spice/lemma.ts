import { IRREGULAR_NOUNS, IRREGULAR_VERBS } from "./irregular";

/** The base form of a word with the tag that it has, in lower case: nouns lose their plural, verbs their ending, others stay. */
export function lemmaOf(word: string, tag: string): string {
  const lower = word.toLowerCase();
  if (tag === "NNS") return IRREGULAR_NOUNS.get(lower) ?? singular(lower);
  if (/^VB|^MD/.test(tag)) return IRREGULAR_VERBS.get(lower) ?? verbBase(lower);
  if (tag === "RB" && lower === "n't") return "not";
  return lower;
}

function singular(word: string): string {
  if (
    !word.endsWith("s") ||
    word.length < 3 ||
    /(ss|[^a]us|is|[^o]ics|troops|clothes|crossroads|shades|surroundings|outskirts|seconds|[^a]bles)$/.test(word)
  ) {
    return word.endsWith("bles") ? word.slice(0, -1) : word;
  }
  if (/ies$/.test(word) && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(x|zz|tz|ch|sh|ss)es$/.test(word) && !/(^axes|(^|head|tooth|heart|stomach)aches|caches)$/.test(word)) return word.slice(0, -2);
  if (
    /(us|is|bias|gas|las|atlas)es$/.test(word) &&
    !/(hous|caus|claus|nois|ris|ois|ois|ais|uis|rous|mous|fus|spous|blous|cruis)es$/.test(word)
  )
    return word.slice(0, -2);
  if (/[^aeiou]oes$/.test(word) && word.length > 4) return word.slice(0, -2);
  return word.slice(0, -1);
}

function verbBase(word: string): string {
  if (/ied$/.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  if (word.endsWith("eed")) return /(agr|fr|gu?arant)eed$/.test(word) ? word.slice(0, -1) : word;
  if (word.endsWith("ed")) return stem(word.slice(0, -2), word);
  if (word.endsWith("ing")) return stem(word.slice(0, -3), word);
  if (!word.endsWith("s") || /(ss|ous)$/.test(word)) return word;
  if (/ies$/.test(word)) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1);
  return /(ss|x|zz|ch|sh|o|us)es$/.test(word) && !/(aches|auses|fuses|uses)$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}

/** What is left of "-ing" and "-ed": a doubled consonant was single, and some endings had an e. */
function stem(rest: string, word: string): string {
  if ((rest.length < 2 && rest !== "us") || !/[aeiouy]/.test(rest)) return word;
  if (/([bdgmnprt])\1$/.test(rest)) return /^(add|egg|ebb|err|purr)$/.test(rest) ? rest : rest.slice(0, -1);
  if (/[aeiou][^aeiou]+(e|o|a|i)ll$/.test(rest) && !/(nstall|nthrall|recall|nroll)$/.test(rest)) return rest.slice(0, -1);
  return needsE(rest) ? `${rest}e` : rest;
}

function needsE(rest: string): boolean {
  if (KEEPS.test(rest)) return false;
  if (/(^|[^aeiou])us$|(chang|rang|plung|aveng|leng|ag|eced|imped|^ek|[^aeiou]reat|^secret|^w?ad)$/.test(rest))
    return !/(focus|^us?|drag|^[bnw]ag)$/.test(rest) || rest === "us" || rest === "ag";
  if (/[^aeiou]u$|[^q]ue$/.test(rest)) return true;
  if (/(c|v|s|z|dg|g|[^aeo]i)$/.test(rest))
    return (
      !/(ss|zz|ing|ong|ang|ung|gg|ig|[aeiou]g|us|bias|canvas|ski|taxi|ecci)$/.test(rest) ||
      (/([aei]ng|ag|ug|eg|[ao]us|fus|cus)$/.test(rest) &&
        /(arrang|chang|rang|rang|aveng|ch?alleng|aging|[^r]ag|ung|us)$/.test(rest) &&
        !/(hang|bang|focus)$/.test(rest))
    );
  if (/[^aeiourlw]l$/.test(rest)) return true;
  if (/^([^aeiou]*|qu|squ)[aiouy][dlmnrtpkgb]$/.test(rest) || /^[^aeiou]*[aeiou][^aeiou]+[aiouy][dlmnrtpkgb]$/.test(rest)) return true;
  if (
    /([aeiou]at|[^aeo]ut|[ui]t?ir|[iaou]d|[^aeiou]id|ib|[^eaio]ur|uir|[iou]m|[^a]in|[^ou]ul|[ip]il|[aio]k|yp|ap|op|at|ar|or|ol|on)$/.test(
      rest,
    ) &&
    syllables(rest) > 1
  )
    return !/[aeiou]{2}[^aeiou]$/.test(rest) || (/(eat|iat|uat|uir|oat)$/.test(rest) && /(creat|iat|uat|uir)$/.test(rest));
  return /(bath|cloth|breath|path|sooth|swath|tast|past|wast|hast)$/.test(rest);
}

const KEEPS =
  /(edit|visit|limit|exit|profit|orbit|inhabit|exhibit|prohibit|credit|deposit|benefit|develop|gallop|wallop|envelop|happen|listen|gather|pilot|pivot|abandon|reason|season|pardon|fashion|mention|station|position|cushion|bottom|blossom|custom|fathom|color|favor|labor|honor|harbor|anchor|border|mirror|monitor|occur|murmur|begin|ruin|drain|remain|contain|maintain|margin|market|target|rocket|budget|equip|ship|strip|worship|gossip|sugar|pillar|collar|dollar|wad|balloon|program|diagram|problem|model|cancel|spiral|signal|level|fuel|total|equal|control|pencil|stencil|travel|label|carpet|neighbor|censor|summon|beckon|taper|open|widen|deepen|deposit|shelter|scatter|cluster|water|cover|enter|center|offer|order|tower|flower|power|water|border|hover|lower|consider|surround|gather|travers?|attach|approach|form|turn|farm|transform|perform|park|mark|work|walk|look|crook|soak|docum?ent|droop|loop|swoop|loom|zoom|boom|room|roar|soar|moor|appear|clear|near|rear|repair|pair|load|crowd|cloud|flood|wood|wind|aid|plaid|braid|avoid|void|coil|boil|soil|toil|fail|sail|trail|detail|rail|tail|cool|pool|float|coat|boat|beat|heat|seat|treat|eat|meet|greet|sheet|fleet|heap|leap|reap|sweep|keep|sleep|deep|steep|join|train|rain|gain|pain|stain|explain|complain|chain|obtain|attain|sustain|screen|green|lean|clean|mean|bean|keen|own|down|drown|crown|brown|mown|yawn|lawn|spawn|dawn|edit|quit|fit|spot|pit)$/;

function syllables(text: string): number {
  return text.match(/[aeiouy]+/g)?.length ?? 0;
}
