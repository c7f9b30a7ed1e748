/**
 * A PostgreSQL server as an operator runs one: over TCP, with a password, with and without TLS. From the same npm
 * programs as the embedded one.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../src/local/free-port.ts';
import { createAuthority } from '../../src/local/internet/authority.ts';
import { endLeftovers } from '../../src/store/leftovers.ts';
import { findPostgres } from '../../src/store/postgres-programs.ts';

export interface TcpServer {
  /** `postgres://user:password@127.0.0.1:port/`: a database's name completes it; `operator` is the user's own. */
  readonly url: string;
  /** The same server's certificate, by its authority: `?sslmode=verify-full&sslrootcert=…`. */
  readonly tlsQuery: string;
  readonly pid: number;
  /** SIGKILL; whoever was connected sees the connection end. */
  kill(): Promise<void>;
  /** Starts it after a kill, and waits until it takes connections. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const user = 'operator';
/** With what an address must escape. */
const password = 'p@ss/w0rd: %';
const startMs = 120_000;

/** `cluster` is one that was made (made-cluster.ts), and is copied. */
export async function startTcpServer(folder: string, cluster: string): Promise<TcpServer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const data = join(folder, 'pg');
  const postgres = await findPostgres({ bin: undefined, linksFolder: join(folder, 'libraries') });
  cpSync(cluster, data, { recursive: true });
  const port = await freePort();
  const authority = await createAuthority();
  const issued = await authority.issue({ names: ['localhost'], ipAddresses: ['127.0.0.1'] });
  writeFileSync(join(folder, 'server.key'), issued.key, { mode: 0o600 });
  writeFileSync(join(folder, 'server.crt'), issued.chain);
  writeFileSync(join(folder, 'authority.pem'), authority.pem);
  writeFileSync(
    join(data, 'pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n',
  );
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 100,
    shared_buffers: '32MB',
    // Its workers are the superuser's, and keep a database from being dropped by its owner.
    autovacuum: 'off',
    ssl: 'on',
    ssl_key_file: join(folder, 'server.key'),
    ssl_cert_file: join(folder, 'server.crt'),
  };
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child: ChildProcess | undefined;

  const start = async () => {
    await endLeftovers(data, { warn: () => undefined });
    const output = openSync(join(folder, 'server.log'), 'a');
    child = postgres.spawn('postgres', ['-D', data, ...given], {
      cwd: folder,
      stdio: ['ignore', output, output],
      detached: true,
    });
    closeSync(output);
    child.unref();
    for (const endAt = performance.now() + startMs; performance.now() < endAt; await sleep(50)) {
      if (await answers({ host: folder, port, user: 'app', database: 'postgres' })) return;
      if (child.exitCode !== null) break;
    }
    throw new Error(`The server did not start: ${readFileSync(join(folder, 'server.log'), 'utf8')}`);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };

  await start();
  // A process that ends without having stopped it leaves none behind.
  process.on('exit', () => child?.kill('SIGINT'));
  const admin = new pg.Client({ host: folder, port, user: 'app', database: 'postgres' });
  await admin.connect();
  await admin.query(`create role ${user} login createdb password ${pg.escapeLiteral(password)}`);
  await admin.query(`create database ${user} owner ${user}`);
  await admin.end();

  return {
    url: `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/`,
    tlsQuery: `?sslmode=verify-full&sslrootcert=${encodeURIComponent(join(folder, 'authority.pem'))}`,
    get pid() {
      return child?.pid ?? 0;
    },
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGINT'),
  };
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
