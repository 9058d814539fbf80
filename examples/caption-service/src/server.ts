import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { getRequestListener, RequestError } from "@hono/node-server";
import { serviceOf } from "./app";
import { answerBrokenRequests, badRequest } from "./broken-requests";
import type { Models } from "./load-models";
import { type ServiceError, toServiceError } from "./service-error";
import type { Settings } from "./settings";

/** A service that listens. */
export interface Running {
  readonly url: string;
  /**
   * Takes nothing more, finishes what is being answered, and closes; what lasts longer than `grace` milliseconds is cut off.
   *
   * @returns whether all has ended; false where something goes on all the same, five seconds after it was cut off
   */
  stop(grace: number): Promise<boolean>;
}

/** How long, in milliseconds, what is cut off may take to notice: a call of the model ends between two tokens. */
const SETTLE = 5000;

/**
 * Starts to listen.
 *
 * @param models what captions and embeds; they stay the caller's to dispose
 * @param settings the limits
 * @param address where; port 0 is any that is free
 * @returns the service, ready
 */
export async function startServer(models: Models, settings: Settings, address: { host: string; port: number }): Promise<Running> {
  const service = serviceOf(models, settings);
  const errorHandler = (error: unknown) => said(error instanceof RequestError ? badRequest(error.message) : toServiceError(error));
  const server = createServer(
    {
      // A body that never comes keeps a place that others wait for.
      ...{ requestTimeout: settings.bodyTimeout, headersTimeout: settings.bodyTimeout, connectionsCheckingInterval: 1000 },
      requireHostHeader: false, // Hono asks for it too, and is answered with a reason
    },
    getRequestListener(service.app.fetch, { errorHandler }),
  );
  answerBrokenRequests(server, settings);
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(isOfHost(error) ? wrongHost(address.host, error) : error);
    server.once("error", failed).listen(address.port, address.host, resolve);
  });
  const { port, address: host, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${host}]` : host}:${port}`,
    async stop(grace) {
      service.stopTaking();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await until(() => service.active() === 0, grace);
      if (service.active() > 0)
        server.closeAllConnections(); // their clients are gone for us: the batches are aborted
      else server.closeIdleConnections();
      const ended = await until(service.isIdle, SETTLE);
      server.closeIdleConnections();
      await Promise.race([closed, pause(1000).then(() => server.closeAllConnections())]);
      await Promise.race([closed, pause(1000)]);
      return ended;
    },
  };
}

const isOfHost = ({ code }: NodeJS.ErrnoException) => ["ENOTFOUND", "EAI_AGAIN", "EADDRNOTAVAIL"].includes(code!);

/** Node says only what it asked of the system. */
function wrongHost(host: string, { code, message }: NodeJS.ErrnoException): Error {
  const text = `--host: this machine can't listen at ${JSON.stringify(host)} (${message}). Give an address or a name that it has, such as 127.0.0.1, or 0.0.0.0 for all.`;
  return Object.assign(new Error(text), { code });
}

const said = ({ body, status }: ServiceError) => Response.json(body, { status });

/** Waits for something, at most so many milliseconds; returns whether it has come. */
async function until(isSo: () => boolean, most: number): Promise<boolean> {
  const end = performance.now() + most;
  while (!isSo() && performance.now() < end) await pause(10);
  return isSo();
}
