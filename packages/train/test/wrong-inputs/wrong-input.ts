/**
 * A wrong command: what it ends with, its arguments, the wrong thing as the message names it, and what the message says besides: what was expected, or what
 * to do. `@` stands for the test's folder.
 */
export type WrongInput = readonly [code: 1 | 2, args: string, offending: string, said: string];

/** Wrong inputs by command. */
export type WrongInputs = Readonly<Record<string, readonly WrongInput[]>>;
