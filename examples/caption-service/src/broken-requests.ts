import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { ServiceError } from "./service-error";
import type { Settings } from "./settings";

/** A request of which not even the head makes sense. */
export function badRequest(reason: string): ServiceError {
  return new ServiceError(400, "INVALID_REQUEST", `The request isn't one of HTTP (${reason}).`);
}

/** Gives a reason, like all refusals, to those that never become a request: Node answers them with a bare status. */
export function answerBrokenRequests(server: Server, settings: Settings): void {
  const answers = new WeakMap<object, ServerResponse>();
  server.on("checkExpectation", ({ headers: { expect = "" } }, response) => {
    const message = `The request expects ${JSON.stringify(expect.slice(0, 50))}, which isn't done here: send it without Expect, or with 100-continue.`;
    const { status, body } = new ServiceError(417, "EXPECTATION_FAILED", message);
    const text = JSON.stringify(body);
    const head = { Connection: "close", "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
    response.writeHead(status, head).end(text);
  });
  server.on("request", ({ socket }, response) => answers.set(socket, response));
  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const answer = answers.get(socket);
    const isAmidAnswer = answer?.headersSent && !answer.writableFinished; // another's words in it would be taken for its own
    if (!socket.writable || isAmidAnswer) return socket.destroy(error);
    const { status, body } = reasonOf(error, settings);
    const text = JSON.stringify(body);
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${text}`);
    return socket.destroy(error);
  });
}

function reasonOf({ code = "unknown" }: NodeJS.ErrnoException, { bodyTimeout }: Settings): ServiceError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new ServiceError(
      408,
      "REQUEST_TIMEOUT",
      `The request didn't arrive within ${bodyTimeout} ms: send fewer images, or smaller ones.`,
    );
  }
  if (code === "HPE_HEADER_OVERFLOW")
    return new ServiceError(431, "HEAD_TOO_LARGE", "The request's head is too large: send options in the body.");
  return badRequest(code);
}
