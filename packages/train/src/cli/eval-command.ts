import type { Command } from "commander";
import { addEvalClip } from "./eval-clip-command";
import { addEvalClipCap } from "./eval-clipcap-command";
import type { CliSession } from "./session";

/** `eval`: what a model is worth. */
export function addEval(program: Command, session: CliSession): void {
  const evaluate = program
    .command("eval")
    .description(
      "Scores a model: zero-shot classification (clip), captions (clipcap); of folders or of WebDataset archives, on one machine or many.",
    );
  addEvalClip(evaluate, session);
  addEvalClipCap(evaluate, session);
}
