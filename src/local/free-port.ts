/** Where a program that is told its port beforehand can listen. Programs that can take port 0 should. */
import { randomInt } from 'node:crypto';
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

/** A port of 127.0.0.1 that nobody listens on now, nor will by chance. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(lowest, highest);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (tries === mostTries) throw new Error('No port is free', { cause: error });
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
