import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** The first of several answers that come together, as those to what was asked in one go do. */
const FIRST_OF_MANY = /^\$\d+\r\n[\w:-]+\r\n(?=\$)/;

/** A way to a Redis that loses its connection `times` times after the first of several answers. */
export async function cutConnection(url: string, times: number) {
  const port = Number(new URL(url).port);
  let left = times;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const close = () => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", close).on("close", close);
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      const first = left > 0 ? FIRST_OF_MANY.exec(bytes.toString("latin1"))?.[0] : undefined;
      if (first === undefined) return void near.write(bytes);
      left--;
      near.end(first, close);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as { port: number };
  return {
    url: `redis://127.0.0.1:${own}`,
    /** How often the connection is still to be lost. */
    left: () => left,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
