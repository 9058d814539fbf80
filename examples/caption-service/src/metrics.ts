import * as tf from "@tensorflow/tfjs-core";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What the service counts, as Prometheus reads it. */
export interface Metrics {
  readonly registry: Registry;
  onRequest(path: string, status: number, seconds: number): void;
  onBatch(kind: string, size: number, seconds: number): void;
}

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counters of a service; `now` says what is waiting, being computed and being answered. */
export function metricsOf(now: () => { waiting: number; computing: number; requests: number }): Metrics {
  const registers = [new Registry()];
  const requests = new Counter({ name: "requests_total", help: "Requests answered.", labelNames: ["path", "status"], registers });
  const latency = new Histogram({
    ...{
      name: "request_seconds",
      help: "Seconds from a request's headers to its answer.",
      labelNames: ["path"],
      buckets: SECONDS,
      registers,
    },
  });
  const sizes = new Histogram({
    ...{ name: "batch_images", help: "Images in a call of the model.", labelNames: ["kind"], buckets: [1, 2, 4, 8, 16, 32, 64], registers },
  });
  const calls = new Histogram({
    ...{ name: "batch_seconds", help: "Seconds of a call of the model.", labelNames: ["kind"], buckets: SECONDS, registers },
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(value());
      },
    });
  gauge("queue_images", "Images that wait for the model.", () => now().waiting);
  gauge("computing_images", "Images that are being captioned or embedded.", () => now().computing);
  gauge("requests_in_progress", "Requests that are being answered.", () => now().requests);
  gauge("tensors", "Tensors that TensorFlow.js holds.", () => tf.memory().numTensors);
  gauge("resident_memory_bytes", "Memory of the process.", () => process.memoryUsage.rss());
  return {
    registry: registers[0]!,
    onRequest(path, status, seconds) {
      requests.inc({ path, status });
      latency.observe({ path }, seconds);
    },
    onBatch(kind, size, seconds) {
      sizes.observe({ kind }, size);
      calls.observe({ kind }, seconds);
    },
  };
}
