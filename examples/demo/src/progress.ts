import { MultiBar, Presets, type SingleBar } from "cli-progress";

/** One line of progress. */
export interface Progress {
  /** Sets how much is done, with a few words on how it goes. */
  update(done: number, note?: string): void;
  /** Ends the line. */
  stop(): void;
}

/**
 * Progress bars on a terminal, a line for every tenth elsewhere (a log file, CI).
 *
 * @param lines the name and the total of each bar, shown at once
 * @returns the bars, in order
 */
export function progressBars(lines: { name: string; total: number }[]): Progress[] {
  const width = Math.max(...lines.map(({ name }) => name.length));
  if (!process.stdout.isTTY) return lines.map(({ name, total }) => plainProgress(name.padEnd(width), total));
  const format = "  {name} {bar} {value}/{total} {eta_formatted} {note}";
  const bars = new MultiBar({ format, hideCursor: true, barsize: 24, forceRedraw: true, clearOnComplete: false }, Presets.shades_classic);
  let running = lines.length;
  return lines.map(({ name, total }) => {
    const bar: SingleBar = bars.create(total, 0, { name: name.padEnd(width), note: "" });
    return {
      update: (done, note = "") => bar.update(done, { note }),
      stop() {
        bar.stop();
        running--;
        if (running === 0) bars.stop();
      },
    };
  });
}

function plainProgress(name: string, total: number): Progress {
  let shown = 0;
  return {
    update(done, note = "") {
      const tenth = Math.floor((10 * done) / Math.max(1, total));
      if (tenth === shown) return;
      shown = tenth;
      console.log(`  ${name} ${String(done).padStart(String(total).length)}/${total} ${note}`.trimEnd());
    },
    stop: () => {},
  };
}
