/**
 * Where a program that is told its port beforehand can listen, or a server that gives its port up for a while.
 * Programs that can take port 0 should.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that Linux (from 32768) and macOS (from 49152) give out by themselves: none of the many sockets of
 * the local internet, or of a test beside, takes the port before the program that it was found for.
 */
const lowest = 20_000;
const highest = 32_000;
/** A port in that range is hardly ever taken, let alone so many. */
const mostTries = 50;

export interface KeptPort {
  readonly port: number;
  /** Gives the port back. Otherwise it is kept until this process ends, however it ends. */
  release(): void;
}

/**
 * A TCP port of 127.0.0.1 that nobody listens on now, nor will: whoever looks for one here, in whatever process, does
 * not find this one. The sign of it is the UDP port of the same number, held by a socket.
 */
export async function keepPort(): Promise<KeptPort> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(lowest, highest);
    const sign = createSocket('udp4').unref();
    const server = createServer();
    try {
      sign.bind({ port, address: '127.0.0.1', exclusive: true });
      await once(sign, 'listening');
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch (error) {
      sign.close();
      if (tries === mostTries) throw new Error('No port is free', { cause: error });
      continue;
    }
    server.close();
    await once(server, 'close');
    return { port, release: () => sign.close() };
  }
}

/** One that is kept as long as this process runs. */
export async function freePort(): Promise<number> {
  return (await keepPort()).port;
}
