/** `/mta-sts check` over both transports, with looks that say when they end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Look } from '../../src/check/look.ts';
import { nothingYet, type Progress } from '../../src/check/progress.ts';
import type { Report } from '../../src/check/report.ts';
import type { PageMessage } from '../../src/local/slack/page/protocol.ts';
import { textsOf } from '../../src/local/slack/person.ts';
import type { Workspace } from '../../src/local/slack/workspace.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import { report, reports } from './any-reports.ts';
import { createWorld, logged, startAll, startBot } from './world.ts';

/** Each look waits until the test ends it. */
function scripted() {
  const begun: { domain: DomainName; progress: (now: Progress) => void; end: (made: Report) => void }[] = [];
  const check: Look = (domain, { onProgress = () => {} } = {}) =>
    new Promise<Report>((resolve) => {
      begun.push({ domain, progress: onProgress, end: (made) => resolve({ ...made, domain }) });
    });
  return { begun, check };
}

const atOnce = async (domain: DomainName) => ({ ...reports.broken, domain });

const postsOf = (workspace: Workspace) => workspace.wire().filter(({ name }) => name === 'response_url');

describe.each(['http', 'socket'] as const)('over %s', (transport) => {
  test('instantly that it looks, then the report, both for the person alone', async () => {
    const { begun, check } = scripted();
    const { workspace, ...bot } = await startAll(transport, check);
    const ana = workspace.as('ana');
    expect(await ana.command('#general', '/mta-sts check Example.test.')).toEqual({ ok: true });
    const checking = await ana.message('#general', 'Checking example.test…');
    expect(checking.ephemeral).toBe(true);
    begun[0]?.end(reports.broken);
    const shown = await ana.message('#general', 'mx3.example.com');
    expect(shown.ephemeral).toBe(true);
    expect(textsOf(shown.blocks)).toContain('example.test: broken');
    expect(workspace.as('ben').messages('#general')).not.toContainEqual(
      expect.objectContaining({ ts: shown.ts }),
    );
    await logged(bot, { name: '/mta-sts', outcome: 'answered' });
    expect(JSON.stringify(bot.lines)).not.toContain('example.test');
    expect(await metric(bot.url, 'mta_sts_bot_check_seconds_count{verdict="broken"}')).toBe('1');
  });

  test('the report alone, when the look is over before anybody could read that it began', async () => {
    const { workspace } = await startAll(transport, atOnce);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts check example.test');
    await ana.message('#general', 'mx3.example.com');
    const told = ana.messages('#general').filter(({ ephemeral }) => ephemeral);
    expect(told.map(({ blocks }) => textsOf(blocks))).toEqual([expect.stringContaining('Looked at')]);
  });

  test('all of it, less of it, and again, in the place of the message', async () => {
    const { workspace } = await startAll(transport, atOnce);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts check example.test');
    const shown = await ana.message('#general', 'mx3.example.com');
    const inPlace = async (what: RegExp) =>
      ana.until(String(what), () => {
        const now = ana.messages('#general').find(({ ts }) => ts === shown.ts);
        return now !== undefined && what.test(textsOf(now.blocks)) ? now : undefined;
      });
    await ana.press('Show all', shown);
    const all = await inPlace(/Show less/);
    await ana.press('Show less', all);
    const less = await inPlace(/Show all/);
    await ana.press('Check again', less);
    await inPlace(/Looked at/);
    expect(ana.messages('#general').filter(isReport)).toHaveLength(1);
  });

  test('shared: as it was seen then, with who shared it; pressing there answers the presser alone', async () => {
    const { begun, check } = scripted();
    const { workspace } = await startAll(transport, check);
    const [ana, ben] = [workspace.as('ana'), workspace.as('ben')];
    await ana.command('#general', '/mta-sts check example.test');
    begun[0]?.end(reports.broken);
    await ana.press('Share to', await ana.message('#general', 'mx3.example.com'));
    await ana.modal('Share the report');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    await ana.noModal();
    const shared = await ben.message('#mail-ops', 'mx3.example.com');
    expect(shared.ephemeral).toBe(false);
    expect(textsOf(shared.blocks)).toContain('Shared by');
    await ana.message('@mta-sts', 'The report on').catch(() => ana.message('#general', 'The report on'));
    expect(begun).toHaveLength(1);

    await ben.press('Check again', shared);
    await ben.until('A second look', () => begun[1]);
    begun[1]?.end(reports.healthy);
    const own = await ben.message('#mail-ops', 'is protected');
    expect(own.ephemeral).toBe(true);
    const still = ana.messages('#mail-ops').find(({ ts }) => ts === shared.ts);
    expect(textsOf(still?.blocks)).toContain('mx3.example.com');
  });

  test('the button under generated records compares, and leaves the records', async () => {
    const { workspace } = await startAll(transport, async (domain) => ({ ...reports.healthy, domain }));
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.submit();
    const made = await ana.message('#general', 'v=STSv1; id=');
    await ana.press('Run live check', made);
    const shown = await ana.message('#general', 'What is published differs');
    expect(textsOf(shown.blocks)).toMatch(/Next: .*After it: /s);
    expect(ana.messages('#general').find(({ ts }) => ts === made.ts)?.blocks).toEqual(made.blocks);
    await ana.press('Check again', shown);
    await ana.message('#general', 'What is published differs');
  });
});

test('a domain without MTA-STS leads to the form for it', async () => {
  const { workspace } = await startAll('http', async (domain) => ({ ...reports.off, domain }));
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  await ana.press('Make a policy', await ana.message('#general', 'has no MTA-STS'));
  await ana.modal('MX hosts or patterns');
  expect(ana.text('Domain')).toBe('example.test');
});

test('from App Home: which domain, and the report as a direct message', async () => {
  const { workspace, ...bot } = await startAll('socket', atOnce);
  const ana = workspace.as('ana');
  await ana.home();
  await ana.press('Check a domain', 'home');
  await ana.modal('Check a domain');
  await ana.type('Domain', 'example');
  await ana.submit();
  expect(Object.values(ana.errors())).toEqual([expect.stringContaining('has no dot in it')]);
  await ana.type('Domain', 'https://Example.test/');
  await ana.submit();
  await ana.modal('The report comes as a direct message');
  const told = await ana.message('@mta-sts', 'mx3.example.com');
  expect(textsOf(told.blocks)).toContain('example.test: broken');
  await ana.press('Check again', told);
  await logged(bot, { name: 'report.check_again', outcome: 'answered' });
  expect(ana.messages('@mta-sts').filter(isReport)).toHaveLength(1);
});

test('how far a long look is, within the five posts of one response_url', async () => {
  const { begun, check } = scripted();
  const { workspace } = await startAll('socket', check);
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  begun[0]?.end(reports.broken);
  const shown = await ana.message('#general', 'mx3.example.com');
  const before = postsOf(workspace).length;
  await ana.press('Check again', shown);
  await ana.until('A second look', () => begun[1]);
  // Far more often than anybody is told.
  for (let at = 0; at < 100; at += 1) {
    begun[1]?.progress({ ...nothingYet, record: at % 2 === 0 ? 'done' : 'looking' });
    await sleep(12);
  }
  begun[1]?.progress({ ...nothingYet, record: 'done' });
  await ana.message('#general', 'record ✓');
  begun[1]?.end(reports.healthy);
  await ana.message('#general', 'is protected');
  const posts = postsOf(workspace).length - before;
  expect(posts).toBeGreaterThanOrEqual(3);
  expect(posts).toBeLessThanOrEqual(5);
  expect(ana.messages('#general').find(({ ts }) => ts === shown.ts)).toBeDefined();
});

test('two who ask for one domain at the same time share one look', async () => {
  const { begun, check } = scripted();
  const { workspace } = await startAll('http', check);
  const [ana, ben] = [workspace.as('ana'), workspace.as('ben')];
  await ana.command('#general', '/mta-sts check example.test');
  await ben.command('#mail-ops', '/mta-sts check EXAMPLE.test');
  await ben.message('#mail-ops', 'Checking');
  begun[0]?.end(reports.broken);
  await ana.message('#general', 'mx3.example.com');
  await ben.message('#mail-ops', 'mx3.example.com');
  expect(begun).toHaveLength(1);
});

test('a double press looks once', async () => {
  const { begun, check } = scripted();
  const { workspace, ...bot } = await startAll('http', check);
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  begun[0]?.end(reports.broken);
  const shown = await ana.message('#general', 'mx3.example.com');
  await Promise.all([ana.press('Check again', shown), ana.press('Check again', shown)]);
  await logged(bot, { name: 'report.check_again', outcome: 'repeated' });
  await ana.until('A second look', () => begun[1]);
  begun[1]?.end(reports.healthy);
  await ana.message('#general', 'is protected');
  expect(begun).toHaveLength(2);
});

test('who asks too often is told when to come again, and nothing is looked at', async () => {
  let looks = 0;
  const { workspace } = await startAll('socket', async (domain) => {
    looks += 1;
    return report({ domain });
  });
  const ana = workspace.as('ana');
  for (let at = 0; at < 21; at += 1) await ana.command('#general', `/mta-sts check d${at}.example.test`);
  const told = await ana.message('#general', /as one person may.*Ask again in \d+ minutes/s);
  expect(told.ephemeral).toBe(true);
  expect(looks).toBe(20);
});

test('a stop ends the looks and says so', async () => {
  const { begun, check } = scripted();
  const { workspace, ...bot } = await startAll('http', check);
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  await ana.message('#general', 'Checking');
  const startedAt = performance.now();
  await bot.stop();
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await ana.message('#general', 'was broken off');
  expect(begun).toHaveLength(1);
});

test('a look that fails by a fault of ours is told with a reference', async () => {
  const { workspace, ...bot } = await startAll('http', () => Promise.reject(new Error('a bug')));
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  const told = await ana.message('#general', /reference/);
  const reference = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(textsOf(told.blocks))?.[0];
  await logged(bot, { level: 'error', reference });
  expect(await metric(bot.url, 'mta_sts_bot_check_seconds_count{verdict="error"}')).toBe('1');
});

test('after a restart the buttons look again and say so; sharing asks for that', async () => {
  const world = await createWorld('http');
  const first = await startBot(world, atOnce);
  const ana = world.workspace.as('ana');
  await ana.command('#general', '/mta-sts check example.test');
  const shown = await ana.message('#general', 'mx3.example.com');
  await first.stop();
  await startBot(world, atOnce);
  await ana.press('Share to', shown);
  await ana.message('#general', 'is not kept any more, so it cannot be shared');
  await ana.press('Show all', shown);
  await ana.message('#general', 'this is a new look');
});

test('without a domain, what to type', async () => {
  const { workspace } = await startAll('http', atOnce);
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts check');
  await ana.message('#general', 'Which domain is to be checked?');
});

function isReport({ blocks }: PageMessage): boolean {
  return textsOf(blocks).includes('Looked at');
}

async function metric(url: string, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.slice(name.length + 1);
}
