// Preloaded by a test: the demo sends itself a signal in the turn that it prints the line in. Whoever reads the line may be paused, and be too late.
import { isMainThread } from "node:worker_threads";

const { DEMO_SIGNAL, DEMO_SIGNAL_WHEN } = process.env;

if (isMainThread) {
  const when = new RegExp(DEMO_SIGNAL_WHEN);
  const write = process.stdout.write.bind(process.stdout);
  let seen = "";
  process.stdout.write = (text, ...rest) => {
    const isTaken = write(text, ...rest);
    seen += text;
    if (when.test(seen)) {
      process.stdout.write = write; // once
      process.kill(process.pid, DEMO_SIGNAL);
    }
    return isTaken;
  };
}
