export function missingLines(shown: readonly string[], printed: readonly string[]): string[];
export function shownOutput(page: string, line: string): string[];
