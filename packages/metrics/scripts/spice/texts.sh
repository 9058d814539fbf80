#!/bin/bash
# The training texts of the caption parser, into the folder named: deterministic, with GNU coreutils.
set -e
cd "$(dirname "$0")"
node caption-grammar.mjs "$1/free.txt" 9000 1 0
node caption-grammar.mjs "$1/natural-all.txt" 9000 2 1
head -n 3000 "$1/natural-all.txt" > "$1/natural.txt"
node wordnet-text.mjs "$1/wordnet-all.txt" 9000 6000
shuf --random-source=<(yes) "$1/wordnet-all.txt" | awk 'split($0, words, " ") <= 12' | head -n 9000 > "$1/wordnet-short.txt"
paste -d '\n' "$1/free.txt" "$1/wordnet-short.txt" | head -n 10250 > "$1/mixed.txt"
sed -n '5126,8600p' "$1/wordnet-short.txt" > "$1/wordnet.txt"
node active-captions.mjs "$1/active.txt" 2000 6
node modifier-captions.mjs "$1/modifiers.txt" 2000 7
