import { dirname, join } from "node:path";
import { RsdixError } from "@rsdix/internal";
import type { JavaProgram } from "./java-options";

/** How a process ended: by itself, by a signal, or by not starting. */
export interface JavaEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly error: NodeJS.ErrnoException | undefined;
}

/** How many lines of what Java said a message shows. */
const LINES_SHOWN = 8;

/** What is wrong, and what to do, by how the process ended and what it wrote to its error stream. */
export function javaProblem(program: JavaProgram, end: JavaEnd, said: string): RsdixError {
  const { where, java, jar, memoryMB } = program;
  const of = (code: RsdixError["code"], message: string) => new RsdixError(code, `${where}: ${message}`, { cause: end.error ?? said });
  if (end.error) {
    const why = end.error.code ?? end.error.message;
    return of(
      "MISSING_DEPENDENCY",
      `Java could not be started as "${java}" (${why}). Install a Java runtime, or name its program by java or RSDIX_JAVA.`,
    );
  }
  if (/OutOfMemoryError|GC overhead limit|Could not reserve enough space|insufficient memory/.test(said)) {
    return of(
      "OUT_OF_MEMORY",
      `Java ran out of memory with ${memoryMB} MB for its objects. Set memoryMB to more, or score fewer captions a call.`,
    );
  }
  if (/NoClassDefFoundError: edu\/stanford|edu\/stanford\/nlp\/models\//.test(said)) {
    const jars = "stanford-corenlp-3.6.0.jar and stanford-corenlp-3.6.0-models.jar";
    return of(
      "MISSING_DEPENDENCY",
      `SPICE parses by Stanford CoreNLP, which isn't in ${join(dirname(jar), "lib")}. Put ${jars} of Maven's edu.stanford.nlp there.`,
    );
  }
  if (/scriptEngine" is null/.test(said)) {
    const how = "Name a folder with the jars of nashorn-core 15.4 and of what it depends on by scriptEngine or RSDIX_NASHORN";
    return of(
      "MISSING_DEPENDENCY",
      `SPICE writes its results by a JavaScript engine, which Java has lost with version 15. ${how}, or run an older Java.`,
    );
  }
  if (/org\.openjdk\.nashorn not found/.test(said)) {
    return of(
      "MISSING_DEPENDENCY",
      "The folder of scriptEngine has no module org.openjdk.nashorn. It must hold nashorn-core 15.4's jar and those of ASM.",
    );
  }
  if (/file not found \(.*paraphrase/.test(said)) {
    const folder = join(dirname(jar), "data");
    return of(
      "FILE_NOT_FOUND",
      `METEOR's table paraphrase-en.gz isn't in ${folder}. Give its path as paraphrases, or false to score without.`,
    );
  }
  if (/Invalid or corrupt jarfile|Unable to access jarfile/.test(said)) {
    return of("FILE_CORRUPT", `Java can't read ${jar} as a program. Is it the whole jar?`);
  }
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  const last = said.trim().split(/\r?\n/).slice(-LINES_SHOWN).join("\n");
  return of("PROCESS_FAILED", `Java ${how} before all was scored. ${last ? `The last that it said:\n${last}` : "It said nothing."}`);
}
