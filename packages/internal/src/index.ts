export { checkOptions, checkRange, checkRank, checkSameShape, showShape } from "./checks";
export { fail, RsdixError, type RsdixErrorCode } from "./error";
export { createRandom, type Random } from "./random";
