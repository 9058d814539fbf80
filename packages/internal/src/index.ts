export { checkOptions, checkRange, checkRank, checkSameShape, FLOAT32_MAX, show, showShape } from "./checks";
export { fail, RsdixError, type RsdixErrorCode } from "./error";
export { createRandom, type Random } from "./random";
