// How sides take turns, so that what else a machine is at slows all of them.
import { setTimeout as pause } from "node:timers/promises";

/** Threads of a process that had its turn spin a while longer: a pause lets them fall asleep. */
const TURN_MS = 100;

/** What is awaited before a turn of a process that isn't the one before. */
export const beforeTurn = () => pause(TURN_MS);

/** How many rounds of so many milliseconds a budget has room for, at least and at most. */
export const roundsWithin = ({ budget, least, most }, round) => Math.min(most, Math.max(least, Math.floor(budget / round)));

/** Gives each side its turn, round after round, in alternating order. */
export async function inTurns(sides, rounds, turn) {
  for (let round = 0; round < rounds; round++) for (const side of round % 2 ? sides.toReversed() : sides) await turn(side);
}

/** Asks each side (a function) when it has its turn: a list of answers of each, one a round. */
export async function answersInTurns(asks, rounds) {
  const sides = asks.map((ask) => ({ ask, answers: [] }));
  await inTurns(sides, rounds, async ({ ask, answers }) => answers.push(await ask()));
  return sides.map(({ answers }) => answers);
}
