/**
 * Opening the store and keeping it open, against a real server that is away, hangs, refuses or is not ours: what
 * comes of it, and what whoever started the bot reads.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createStore, type OpenStore } from '../../src/store/open.ts';
import { StoreRefused, StoreUnavailable } from '../../src/store/store.ts';
import { labFolder } from './lab-folder.ts';
import { copyCluster, madeCluster } from './made-cluster.ts';
import { keptLog, secretsKeys } from './opened.ts';
import { createRelay, type Relay } from './relay.ts';
import { startTcpServer, type TcpServer } from './tcp-server.ts';

let folder: string;
let server: TcpServer;
let admin: pg.Client;
let databases = 0;
const ending: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = labFolder();
  server = await startTcpServer(folder, await madeCluster());
  admin = await asAdmin('postgres');
  await admin.query('create database prepared owner operator');
  const first = storeAt(`${server.url}prepared`);
  await first.start();
  await first.stop(5000);
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(async () => {
  await admin.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const parts = () => new URL(server.url);
const serverPort = () => Number(parts().port);
const secret = () => decodeURIComponent(parts().password);

async function asAdmin(database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: folder, port: serverPort(), user: 'app', database });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A database of its own as a bot leaves it, and its URL. */
async function database(): Promise<string> {
  return copyOf('prepared');
}

/** One in which no bot ever was; what is asked for is done there as superuser. */
async function emptyDatabase(...statements: readonly string[]): Promise<string> {
  return copyOf('template1', statements);
}

/** For what is refused before anything of the database matters. */
const anyDatabase = () => `${server.url}operator`;

async function copyOf(template: string, statements: readonly string[] = []): Promise<string> {
  databases += 1;
  const name = `open_${databases}`;
  await admin.query(`create database ${name} owner operator template ${template} strategy file_copy`);
  if (statements.length > 0) {
    const client = await asAdmin(name);
    for (const statement of statements) await client.query(statement);
    await client.end();
  }
  return `${server.url}${name}`;
}

function storeAt(databaseUrl: string | undefined, options = {}) {
  const { log, lines } = keptLog();
  const opened = createStore({
    dataDir: folder,
    databaseUrl,
    secretsKeys,
    generatedOf: () => undefined,
    log,
    ...options,
  });
  ending.push(() => opened.stop(2000));
  const heard = (message: string) => lines.some((line) => line.message === message);
  return { ...opened, lines, heard };
}

function through(url: string, port: number, host = '127.0.0.1'): string {
  const changed = new URL(url);
  changed.port = String(port);
  changed.hostname = host;
  return changed.href;
}

async function relayed(url: string, host?: string): Promise<{ relay: Relay; url: string }> {
  const relay = await createRelay({ port: serverPort(), host: '127.0.0.1' }, host);
  ending.push(() => relay.close());
  return { relay, url: through(url, relay.port, host) };
}

async function answers({ store }: Pick<OpenStore, 'store'>) {
  await expect.poll(() => store.problem(), { timeout: 30_000, interval: 50 }).toBeUndefined();
  return store;
}

/** Everything that an operator could read: the message, its causes, the log. */
function readable(error: unknown, lines: readonly unknown[]): string {
  return inspect([error, lines], { depth: 12, showHidden: false });
}

describe('a database that is away', () => {
  test('at the start: the start goes on without it, and it is opened once it comes', async () => {
    const { relay, url } = await relayed(await emptyDatabase());
    await relay.close();
    const opened = storeAt(url);
    await opened.start();
    expect(await opened.store.problem()).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+ does not listen \(ECONNREFUSED\)\.$/,
    );
    await expect(opened.store.teams.settings('T1')).rejects.toThrow(StoreUnavailable);
    await relay.open();
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(false);
    expect(opened.heard('the store answers again')).toBe(true);
  });

  test('later, killed and started again: what was acknowledged is there, and nobody had to do anything', async () => {
    const opened = storeAt(await database());
    await opened.start();
    await opened.store.teams.meet('T1', 'E1');
    expect(await opened.store.problem()).toBeUndefined();
    await server.kill();
    // Its processes answer until they notice that the first of them has gone.
    await expect
      .poll(() => opened.store.teams.settings('T1').catch((error: unknown) => error))
      .toBeInstanceOf(StoreUnavailable);
    await expect.poll(() => opened.store.problem()).toBeDefined();
    await server.start();
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(true);
    await admin.end().catch(() => {});
    admin = await asAdmin('postgres');
  });

  test('only for a moment, between two queries: the second connects anew', async () => {
    const { relay, url } = await relayed(await database());
    const opened = storeAt(url);
    await opened.start();
    await opened.store.teams.meet('T1', undefined);
    await relay.close();
    await relay.open();
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(true);
  });

  test('because it hangs: whoever asks waits two seconds at most, and the next not at all', async () => {
    const { relay, url } = await relayed(await database());
    const opened = storeAt(url);
    await opened.start();
    await opened.store.teams.meet('T1', undefined);
    relay.set('silent');
    const asked = performance.now();
    await expect(opened.store.teams.settings('T1')).rejects.toThrow(/is too slow: no answer within 2000 ms/);
    const waitedMs = performance.now() - asked;
    expect(waitedMs).toBeGreaterThan(1900);
    expect(waitedMs).toBeLessThan(6000);
    await expect.poll(() => opened.store.problem()).toBeDefined();
    const again = performance.now();
    await expect(opened.store.teams.settings('T1')).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - again).toBeLessThan(1000);
    relay.set('through');
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(true);
  });

  test('because it hangs at the start: the start goes on without it', async () => {
    const { relay, url } = await relayed(await database());
    relay.set('silent');
    const opened = storeAt(url);
    const startedAt = performance.now();
    await opened.start();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(await opened.store.problem()).toContain('does not answer');
    relay.set('through');
    await answers(opened);
  });

  test('because it hangs at the end: the end comes in time', async () => {
    const { relay, url } = await relayed(await database());
    const opened = storeAt(url);
    await opened.start();
    await opened.store.teams.meet('T1', undefined);
    relay.set('silent');
    const asked = opened.store.teams.forget('T1').catch(() => 'failed');
    await sleep(50);
    const stoppedAt = performance.now();
    await opened.stop(500);
    expect(performance.now() - stoppedAt).toBeLessThan(5000);
    await relay.close();
    expect(await asked).toBe('failed');
    await expect(opened.store.teams.settings('T1')).rejects.toThrow('the store is closed');
  });

  test('because what listens there is no PostgreSQL', async () => {
    const strangers: [string, (server: Server) => Server][] = [
      ['that ends every connection', (one) => one.on('connection', (socket) => socket.destroy())],
      [
        'of the web',
        (one) =>
          one.on('connection', (socket) => {
            socket.on('error', () => {});
            socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
          }),
      ],
    ];
    for (const [name, listen] of strangers) {
      const stranger = listen(createServer()).listen(0, '127.0.0.1');
      await new Promise((resolve) => stranger.once('listening', resolve));
      const address = stranger.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      for (const query of ['', '?sslmode=require']) {
        const opened = storeAt(`${through(`${server.url}postgres`, port)}${query}`);
        await opened.start();
        expect(await opened.store.problem(), name + query).toMatch(/^PostgreSQL at /);
        await opened.stop(100);
      }
      stranger.close();
    }
  });

  test('in DNS: it may be a neighbour that is still starting', async () => {
    const opened = storeAt(`${parts().protocol}//bot@nowhere.invalid/mta`);
    await opened.start();
    expect(await opened.store.problem()).toContain('PostgreSQL at nowhere.invalid:5432');
  });

  test('because it is read-only for a while, such as after a fail-over', async () => {
    const url = await database();
    const opened = storeAt(url);
    await opened.start();
    const name = new URL(url).pathname.slice(1);
    const switchTo = async (value: string) => {
      await admin.query(`alter database ${name} set default_transaction_read_only = ${value}`);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    };
    await switchTo('on');
    await expect
      .poll(() => opened.store.teams.meet('T1', undefined).catch((error: Error) => error.message))
      .toContain('takes no writing');
    expect(await opened.store.problem(), 'reading alone is not enough').toContain('takes no writing');
    expect(await opened.store.teams.settings('T1')).toBeDefined();
    await switchTo('off');
    await expect
      .poll(() =>
        opened.store.teams.meet('T1', undefined).then(
          () => 'met',
          () => 'not yet',
        ),
      )
      .toBe('met');
  });

  test('because a standby took its place', async () => {
    // What the bot asks, answered by a function of that name that is found first.
    const url = await emptyDatabase(
      'create function public.pg_is_in_recovery() returns boolean language sql as $$ select true $$',
    );
    const opened = storeAt(`${url}?options=${encodeURIComponent('-c search_path=public,pg_catalog')}`);
    await opened.start();
    expect(await opened.store.problem()).toContain('it is a standby');
  });

  test('because it has no connection left', async () => {
    const url = await database();
    await admin.query('create role crowded login connection limit 0');
    const name = new URL(url).pathname.slice(1);
    await admin.query(`grant create on database ${name} to crowded`);
    const opened = storeAt(
      `postgres://crowded@/${name}?host=${encodeURIComponent(folder)}&port=${serverPort()}`,
    );
    await opened.start();
    expect(await opened.store.problem()).toContain('has too many connections (53300)');
  });

  test('because its password was changed while it ran: it is asked again until somebody mends it', async () => {
    const url = await database();
    const opened = storeAt(url);
    await opened.start();
    await opened.store.teams.meet('T1', undefined);
    const name = new URL(url).pathname.slice(1);
    await admin.query(`alter role operator password 'changed'`);
    try {
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      await expect
        .poll(() => opened.store.problem())
        .toContain('refuses the password of the user "operator"');
      await expect(opened.store.teams.settings('T1')).rejects.toThrow(StoreUnavailable);
    } finally {
      await admin.query(`alter role operator password ${pg.escapeLiteral(secret())}`);
    }
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(true);
    expect(readable(undefined, opened.lines)).not.toContain(secret());
  });
});

describe('what only a person can mend', () => {
  const refused: readonly [why: string, url: () => Promise<string>, says: readonly string[]][] = [
    [
      'a wrong password',
      async () => anyDatabase().replace(/:[^:@]*@/, ':hunter2hunter2@'),
      ['refuses the password of the user "operator"', 'percent-encoded'],
    ],
    [
      'no password',
      async () => anyDatabase().replace(/:[^:@]*@/, '@'),
      ['asks for a password and the URL has none', 'postgres://operator:password@'],
    ],
    [
      'a user who does not exist',
      async () => anyDatabase().replace('operator', 'nobody'),
      ['refuses the password of the user "nobody"'],
    ],
    [
      'a database that does not exist',
      async () => `${server.url}never_made`,
      ['has no database "never_made"', 'Create it'],
    ],
    [
      'a database where the user may make no tables',
      async () => {
        const url = await emptyDatabase('alter schema public owner to app');
        await admin.query(`alter database ${new URL(url).pathname.slice(1)} owner to app`);
        return url;
      },
      ['does not let the user "operator" make tables', 'schema public', 'OWNER TO'],
    ],
    [
      'a database of another program',
      () => emptyDatabase('create table teams (id int)'),
      ['holds something of another program', 'relation "teams" already exists', 'a database of its own'],
    ],
    [
      'a newer schema',
      async () => {
        const url = await database();
        const client = await asAdmin(new URL(url).pathname.slice(1));
        await client.query(`insert into mta_sts_migrations values ('999-later', now())`);
        await client.end();
        return url;
      },
      ['was used by a newer version of the bot', '999-later', 'restore a backup'],
    ],
    [
      'a PostgreSQL that is too old',
      async () => {
        const url = await emptyDatabase(
          `create function public.current_setting(text) returns text language sql as
            $$ select case $1 when 'server_version_num' then '140012' else pg_catalog.current_setting($1) end $$`,
        );
        return `${url}?options=${encodeURIComponent('-c search_path=public,pg_catalog')}`;
      },
      ['is version 14, and 15 is the oldest'],
    ],
    [
      'an encoding that cannot hold every letter',
      async () => {
        await admin.query(
          `create database latin encoding 'LATIN1' template template0 locale 'C' owner operator`,
        );
        return `${server.url}latin`;
      },
      ['has the encoding LATIN1', "ENCODING 'UTF8'"],
    ],
    [
      'a certificate of an unknown authority',
      async () => `${anyDatabase()}?sslmode=verify-full`,
      ['cannot be trusted', 'sslrootcert=', 'NODE_EXTRA_CA_CERTS'],
    ],
    [
      'a certificate for another name',
      async () => `${(await relayed(anyDatabase(), '127.0.0.2')).url}${server.tlsQuery}`,
      ['is for another name', '127.0.0.2'],
    ],
    [
      'an authority that is not there',
      async () => `${anyDatabase()}?sslmode=verify-full&sslrootcert=/no/such/file.pem`,
      ['a file that the URL names cannot be read', '/no/such/file.pem'],
    ],
    [
      'a server without TLS where TLS is asked for',
      async () => {
        const relay = await createRelay({ path: join(folder, `.s.PGSQL.${serverPort()}`) });
        ending.push(() => relay.close());
        return `${through(anyDatabase(), relay.port)}?sslmode=require`;
      },
      ['has no TLS, and the URL asks for it'],
    ],
  ];

  test.each(refused)('%s', async (_, url, says) => {
    const databaseUrl = await url();
    const opened = storeAt(databaseUrl);
    const error: unknown = await opened.start().then(
      () => 'it started',
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StoreRefused);
    const { message } = error as StoreRefused;
    expect(message).toMatch(/^DATABASE_URL: /);
    for (const words of says) expect(message).toContain(words);
    expect(message).not.toMatch(/undefined|NaN|\[object/);
    const read = readable(error, opened.lines);
    for (const hidden of [secret(), encodeURIComponent(secret()), 'hunter2'])
      expect(read).not.toContain(hidden);
  });
});

describe('a server with TLS', () => {
  test.each([
    ['checked against its authority', () => server.tlsQuery],
    ['not checked', () => '?sslmode=require'],
    ['checked, whatever the name', () => server.tlsQuery.replace('verify-full', 'verify-ca')],
  ])('is used with TLS, %s', async (_, query) => {
    const url = await database();
    const opened = storeAt(`${url}${query()}`);
    await opened.start();
    await opened.store.teams.meet('T1', undefined);
    const { rows } = await admin.query(
      'select ssl from pg_stat_ssl join pg_stat_activity using (pid) where datname = $1',
      [new URL(url).pathname.slice(1)],
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ ssl }) => ssl)).toBe(true);
  });
});

test('three bots that start at once on an empty database all open', async () => {
  const url = await emptyDatabase();
  const bots = [storeAt(url), storeAt(url), storeAt(url)];
  await Promise.all(bots.map((bot) => bot.start()));
  for (const { store } of bots) expect(await store.problem()).toBeUndefined();
  expect(bots.filter((bot) => bot.heard('the database was brought up to date'))).toHaveLength(1);
});

describe('a running store', () => {
  test('goes on beside a newer version, also when the database was away', async () => {
    const url = await database();
    const { relay, url: relayedUrl } = await relayed(url);
    const opened = storeAt(relayedUrl);
    await opened.start();
    const client = await asAdmin(new URL(url).pathname.slice(1));
    await client.query(`insert into mta_sts_migrations values ('999-later', now())`);
    await client.end();
    await relay.close();
    await expect.poll(() => opened.store.problem()).toBeDefined();
    await relay.open();
    await answers(opened);
    await expect(storeAt(url).start()).rejects.toThrow('newer version');
  });

  test('tells bugs from a database that is away', async () => {
    const opened = storeAt(await database());
    await opened.start();
    const long = 'x'.repeat(3000);
    const error: unknown = await opened.store.teams
      .meet(`T\u0000${long}`, undefined)
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(StoreUnavailable);
    expect(await opened.store.problem()).toBeUndefined();
  });

  test('keeps no transaction open on the server for a process that hangs', async () => {
    const url = await database();
    const { relay, url: relayedUrl } = await relayed(url);
    const opened = storeAt(relayedUrl);
    await opened.start();
    const name = new URL(url).pathname.slice(1);
    const blocker = await asAdmin(name);
    await blocker.query('begin; lock table teams in access exclusive mode');
    // A transaction that waits for a lock until the limit: the server gives it up by itself too.
    await expect(
      opened.store.installations.save(
        { enterpriseId: undefined, teamId: 'T1', isEnterpriseInstall: false },
        'x',
      ),
    ).rejects.toThrow(StoreUnavailable);
    await expect
      .poll(async () => {
        const { rows } = await admin.query(
          `select query from pg_stat_activity where datname = $1 and usename = 'operator' and state <> 'idle'`,
          [name],
        );
        return rows;
      })
      .toEqual([]);
    await blocker.query('rollback');
    await blocker.end();
    relay.set('through');
    await answers(opened);
  });
});

describe('the embedded database', () => {
  test('keeps what it holds over a stop, and comes back by itself when it is killed', async () => {
    const dataDir = join(folder, 'embedded');
    copyCluster(await madeCluster(), join(dataDir, 'pg'));
    const before = storeAt(undefined, { dataDir });
    await before.start();
    await before.store.teams.meet('T1', undefined);
    await before.stop(5000);
    const opened = storeAt(undefined, { dataDir });
    await opened.start();
    const pid = Number(readFileSync(join(dataDir, 'pg', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await sleep(50);
    const store = await answers(opened);
    expect(await store.teams.forget('T1')).toBe(true);
  });
});
