/**
 * Real PostgreSQL servers for tests, one of each kind per run, started when first asked for (server-setup.ts). Each
 * test file works in a database of its own, so that files run beside each other.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { full } from '../runs.ts';
import { preparedName, type ServerAddress, type ServerName } from './server-setup.ts';

export interface Backend {
  readonly name: ServerName;
}

/** What every suite about the store runs on: `describe.each(backends)('… ($name)', …)`. */
export const backends: readonly Backend[] = [{ name: 'embedded' }, { name: 'server over TCP' }];

/** Where what the other kind of server answers is proven beside this: one of them in `npm test`, all in `npm run prove`. */
export function mainly(sampled: ServerName): readonly Backend[] {
  return full ? backends : backends.filter(({ name }) => name === sampled);
}

export interface FreshDatabase {
  readonly name: string;
  /** As DATABASE_URL; of the embedded server too, whose socket's folder stands in it. */
  readonly url: string;
  /** The same database through TLS, with its authority; undefined where there is no TLS. */
  readonly tlsUrl: string | undefined;
  /** Ends whatever is still connected. */
  drop(): Promise<void>;
}

/** As a bot leaves it that has started once, and nobody used. */
export function preparedDatabase(backend: Backend): Promise<FreshDatabase> {
  return copiedDatabase(backend, preparedName);
}

/** An empty one. A hook that asks first waits for the server to be made: seconds on a busy machine. */
export function freshDatabase(backend: Backend): Promise<FreshDatabase> {
  return copiedDatabase(backend, 'template1');
}

/** A copy of another one of the same server, to which nobody is connected. */
export async function copiedDatabase({ name }: Backend, of: string): Promise<FreshDatabase> {
  const answer = await fetch(new URL(encodeURIComponent(name), inject('testServers')));
  if (!answer.ok) throw new Error(`The ${name} database did not start: ${await answer.text()}`);
  const { url, query, tlsQuery } = (await answer.json()) as ServerAddress;
  const database = `test_${randomBytes(8).toString('hex')}`;
  const ask = async (statement: string) => {
    const client = new pg.Client({ connectionString: `${url}postgres${query}` });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await ask(`create database ${database} template ${of} strategy file_copy`);
  return {
    name: database,
    url: `${url}${database}${query}`,
    tlsUrl: tlsQuery === undefined ? undefined : `${url}${database}${tlsQuery}`,
    drop: () => ask(`drop database if exists ${database} with (force)`),
  };
}
