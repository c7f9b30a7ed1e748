/**
 * Once per run of vitest, in its main process: starts each database server when a test file first asks for it, and
 * ends them all. A run that asks for none pays for none.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { labFolder, sweepLabFolders } from './lab-folder.ts';

/** Where a server is reached; what `freshDatabase` completes with a database's name. */
export interface ServerAddress {
  readonly url: string;
  readonly query: string;
  readonly tlsQuery: string | undefined;
}

export type ServerName = 'embedded' | 'server over TCP';

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked with a server's name as the path, it answers the server's address in JSON. */
    readonly testServers: string;
  }
}

interface Started {
  readonly address: ServerAddress;
  stop(): Promise<void>;
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  sweepLabFolders();
  const folder = labFolder();
  const started = new Map<string, Promise<Started>>();
  const front = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const server = started.get(name) ?? start(name as ServerName, folder);
    started.set(name, server);
    server.then(
      ({ address }) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  front.unref();
  project.provide('testServers', `http://127.0.0.1:${(front.address() as AddressInfo).port}/`);
  return async () => {
    front.close();
    front.closeAllConnections();
    const servers = await Promise.allSettled(started.values());
    await Promise.all(servers.map((server) => server.status === 'fulfilled' && server.value.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
}

/** The modules are loaded only now: a run of pure tests needs neither a database's driver nor certificates. */
async function start(name: ServerName, folder: string): Promise<Started> {
  if (name === 'embedded') {
    const { startEmbedded } = await import('../../src/store/embedded.ts');
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const embedded = await startEmbedded({ dataDir: join(folder, 'embedded'), log: quiet });
    const { host, user } = embedded.connection;
    return {
      address: {
        url: `postgres://${user}@/`,
        query: `?host=${encodeURIComponent(host)}`,
        tlsQuery: undefined,
      },
      stop: () => embedded.stop(),
    };
  }
  const { startTcpServer } = await import('./tcp-server.ts');
  const server = await startTcpServer(join(folder, 'tcp'));
  return { address: { url: server.url, query: '', tlsQuery: server.tlsQuery }, stop: () => server.stop() };
}
