/** How a command's flags say what an option of the libraries says. */
interface Words {
  readonly images: string;
  readonly annotations: string;
  readonly skip: string;
}

const FIT: Words = { images: "data.img_dirs", annotations: "data.annotations_files", skip: "data.skip_broken" };
const WORDS: Readonly<Record<string, Words>> = {
  fit: FIT,
  "lr-find": FIT,
  "eval clip": { images: "--imgs-dir", annotations: "--annotations-file", skip: "--skip-broken" },
  "eval clipcap": { images: "--img-dirs", annotations: "--annotations-files", skip: "--skip-broken" },
  embed: { images: "--img-dir", annotations: "--annotations-file", skip: "--skip-broken" },
  caption: { images: "--img-dir", annotations: "--annotations-file", skip: "--skip-broken" },
};

/** A message of the libraries in the words of the command that was given. */
export function inCommandWords(message: string, args: readonly string[]): string {
  const words = WORDS[args[0] ?? ""] ?? WORDS[args.slice(0, 2).join(" ")];
  const resumed = message.replace(/\bresume: true\b(, remove it with overwrite: true, or use another store)?/, "--resume");
  if (!words) return resumed;
  return resumed
    .replace('onError: "skip"', words.skip)
    .replace(/, or --form must say which of [^.]* it is\.$/, ".") // a flag of study alone
    .replace(/\b(Say where they are with) images\./, `$1 ${words.images}.`)
    .replace(/\b(Say which(?: file it is)? with) annotations\./, `$1 ${words.annotations}.`);
}

/** Flags of the original's scripts that are something else here. */
const ORIGINAL: Readonly<Record<string, string>> = {
  "--logs-dir": "It has no counterpart: trials and their logs lie in --out, a folder each.",
  "--train-clipcap": "What is trained is said by the script's name in the grid file, or by --task clipcap.",
  "--grid-search-file": "It is --grid-file here.",
};

/** What commander says of a wrong command, with what to write where the original's way is another. */
export function withHint(text: string): string {
  const flag = /unknown option '(--[\w.-]+)/.exec(text)?.[1];
  const hint = text.includes("error: too many arguments")
    ? "Several values of a flag are written with commas, without blanks: --metrics bleu,rougeL; of a field of fit that takes no names as a list: --model.betas '[0.9, 0.99]'."
    : ORIGINAL[flag ?? ""];
  return hint === undefined ? text : text.replace(/\n/, `\n${hint}\n`);
}
