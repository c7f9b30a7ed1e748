/** What must be there after a kill at any moment: of who writes, of the server, of all of both, and of a start. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runs, seed } from '../runs.ts';
import {
  createRandom,
  embeddedGround,
  emptyGround,
  endProcesses,
  type Ground,
  startProcess,
  tcpGround,
} from './killing.ts';
import { killAll, processesIn } from './processes.ts';
import { mainly } from './servers.ts';

/** Of each kind: one to see that it works, and as many as make a rare loss likely to be seen. */
const kills = runs(1, 100);
/** A round is two starts, each within a second on a machine that has nothing else to do. */
const timeout = 60_000 + kills * 30_000;
/** Long enough for a commit to be anywhere on its way when the kill comes. */
const longestWriteMs = 300;
const kinds = {
  embedded: ['the bot', 'the server', 'a process of the server', 'the bot and every process of the server'],
  'server over TCP': ['the bot', 'the server', 'the bot and every process of the server'],
} as const;

const random = createRandom(seed);
const grounds: Ground[] = [];
afterAll(async () => {
  await endProcesses();
  await Promise.all(grounds.map((ground) => ground.end()));
});

function kept<Made extends Ground>(ground: Made): Made {
  grounds.push(ground);
  return ground;
}

async function ask<T>(ground: Ground, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const opened = await ground.open();
  const client = new pg.Client(opened.connection);
  await client.connect();
  try {
    return await question(client);
  } finally {
    await client.end();
    await opened.close();
  }
}

/** What the table holds against what was acknowledged: both rows of each commit, of every other one both or none. */
async function compare(client: pg.Client, committed: ReadonlySet<number>) {
  await client.query(
    'set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off',
  );
  const { rows } = await client.query<{ id: number; found: number }>(
    'select id::integer as id, count(*)::integer as found from kept group by id',
  );
  const found = new Map(rows.map((row) => [row.id, row.found]));
  return {
    lost: [...committed].filter((id) => !found.has(id)),
    halves: rows.filter((row) => row.found !== 2),
  };
}

const createKept = 'create table kept (id bigint, half text, primary key (id, half))';
const nothing = { lost: [], halves: [] };

// Of the other server nothing is ours: how the store fares when it is killed is in open.lab and jobs-away.
describe.each(mainly('embedded'))('what was acknowledged is there afterwards ($name)', ({ name }) => {
  let ground: Ground;
  beforeAll(async () => {
    ground = kept(await (name === 'embedded' ? embeddedGround() : tcpGround()));
  });

  test.each(kinds[name])(`when %s is killed, ${kills} times`, { timeout }, async (kind) => {
    await ask(ground, (client) => client.query(`drop table if exists kept; ${createKept}`));
    const committed = new Set<number>();
    for (let round = 0; round < kills; round += 1) {
      const writing = startProcess({ target: ground.target, writeFrom: round * 1_000_000 });
      await writing.until(() => writing.committed().length >= 5);
      await sleep(random() * longestWriteMs);
      await ground.kills[kind]?.(writing);
      for (const id of writing.committed()) committed.add(id);
      expect(await ask(ground, (client) => compare(client, committed)), `kill ${round + 1}`).toEqual(nothing);
    }
    expect(committed.size).toBeGreaterThanOrEqual(kills * 5);
  });
});

describe('the embedded server opens', () => {
  test(`after the bot, or all of it, is killed while the database is made, ${kills} times`, {
    timeout,
  }, async () => {
    let makingMs = 500;
    for (let round = 0; round < kills; round += 1) {
      const ground = kept(emptyGround());
      const { dataDir } = ground;
      const starting = startProcess({ target: ground.target });
      // From the first file to the server's first answer.
      await expect.poll(() => readdirSync(dataDir), { interval: 1, timeout: 30_000 }).not.toEqual([]);
      await sleep(random() * makingMs);
      if (round % 2 === 0) killAll(processesIn(dataDir));
      await starting.kill();
      const isMadeNow = !readdirSync(dataDir).includes('pg');
      const startedAt = performance.now();
      expect(await ask(ground, async (client) => (await client.query('select 1 as one')).rows)).toEqual([
        { one: 1 },
      ]);
      if (isMadeNow) makingMs = performance.now() - startedAt;
      await ground.end();
    }
  });

  test(`after it is killed while it opens, ${kills} times, with all that was there`, {
    timeout,
  }, async () => {
    const ground = kept(await embeddedGround());
    const { dataDir } = ground;
    await ask(ground, (client) => client.query(createKept));
    const committed = new Set<number>();
    let openMs = 500;
    for (let round = 0; round < kills; round += 1) {
      // Unclean before as well, so that there is something to recover.
      const startedAt = performance.now();
      const writing = startProcess({ target: ground.target, writeFrom: round * 1_000_000 });
      await writing.until((told) => 'started' in told);
      openMs = performance.now() - startedAt;
      await writing.until(() => writing.committed().length >= 5);
      killAll(processesIn(join(dataDir, 'pg')));
      await writing.kill();
      for (const id of writing.committed()) committed.add(id);
      const opening = startProcess({ target: ground.target });
      await sleep(random() * openMs);
      if (round % 2 === 0) killAll(processesIn(dataDir));
      await opening.kill();
      expect(await ask(ground, (client) => compare(client, committed)), `kill ${round + 1}`).toEqual(nothing);
    }
  });
});
