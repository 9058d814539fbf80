/** How a sentence begins that says what to do. */
const ADVICE = /^(Mend|Get|Fetch|Load|Lower|Give|Pick|Drop|Save|Write|Download|Decode|Try|Reload|Install|Pack)\b/;
/** The same at the end of a sentence, after a colon. */
const CLAUSE = /(: |, )(mend|get|fetch|load|give|pick|drop|save|write|decode|open|try)\b[^:()]*\.$/;

/** A message without what it says to do at its end: for where what comes after it says what to do here. */
export function withoutAdvice(message: string): string {
  const sentences = message.replace(/\.?$/, ".").split(/(?<=[.)]) (?=[A-Z])/);
  while (sentences.length > 1 && ADVICE.test(sentences.at(-1)!)) sentences.pop();
  return sentences.join(" ").replace(CLAUSE, ".");
}
