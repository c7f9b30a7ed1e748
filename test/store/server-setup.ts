/**
 * Once per run of vitest, in its main process: makes a cluster, and starts each database server, when a test file first
 * asks for it, and ends them all. A run that asks for none pays for none.
 */
import { cpSync, rmSync } from 'node:fs';
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

/** The database of each server that the others are copied from. */
export const preparedName = 'prepared';

export type ServerName = 'embedded' | 'server over TCP';

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked with a server's name as the path, it answers the server's address in JSON; with `cluster`, its folder. */
    readonly testServers: string;
  }
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Started {
  readonly address: ServerAddress;
  stop(): Promise<void>;
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  sweepLabFolders();
  const folder = labFolder();
  const started = new Map<string, Promise<Started>>();
  let made: Promise<string> | undefined;
  const cluster = () => (made ??= makeCluster(folder));
  const answer = async (name: string) => {
    if (name === 'cluster') return cluster();
    const server = started.get(name) ?? cluster().then((from) => prepared(name as ServerName, folder, from));
    started.set(name, server);
    return (await server).address;
  };
  const front = createServer((request, response) => {
    answer(decodeURIComponent((request.url ?? '').slice(1))).then(
      (found) => response.end(JSON.stringify(found)),
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
async function makeCluster(folder: string): Promise<string> {
  const { startEmbedded } = await import('../../src/store/embedded.ts');
  const dataDir = join(folder, 'made');
  await (await startEmbedded({ dataDir, log: quiet })).stop();
  return join(dataDir, 'pg');
}

async function prepared(name: ServerName, folder: string, cluster: string): Promise<Started> {
  const started = await start(name, folder, cluster);
  try {
    await prepare(started.address);
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function prepare({ url, query }: ServerAddress): Promise<void> {
  const [{ default: pg }, { createStore }] = await Promise.all([
    import('pg'),
    import('../../src/store/open.ts'),
  ]);
  const client = new pg.Client({ connectionString: `${url}postgres${query}` });
  await client.connect();
  await client.query(`create database ${preparedName}`);
  await client.end();
  const databaseUrl = `${url}${preparedName}${query}`;
  const opening = createStore({
    dataDir: '',
    databaseUrl,
    secretsKeys: [],
    generatedOf: () => undefined,
    log: quiet,
  });
  await opening.start();
  await opening.stop(5000);
}

async function start(name: ServerName, folder: string, cluster: string): Promise<Started> {
  if (name === 'embedded') {
    const { startEmbedded } = await import('../../src/store/embedded.ts');
    const dataDir = join(folder, 'embedded');
    cpSync(cluster, join(dataDir, 'pg'), { recursive: true });
    const embedded = await startEmbedded({ dataDir, log: quiet });
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
  const server = await startTcpServer(join(folder, 'tcp'), cluster);
  return { address: { url: server.url, query: '', tlsQuery: server.tlsQuery }, stop: () => server.stop() };
}
