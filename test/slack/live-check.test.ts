/** What is told while it looks, and how often: with a clock of the test's own and a Slack that only notes. */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { nothingYet, type Progress } from '../../src/check/progress.ts';
import type { Report } from '../../src/check/report.ts';
import { createLog } from '../../src/log.ts';
import type { Bot } from '../../src/slack/bot.ts';
import { createLiveCheck } from '../../src/slack/live-check.ts';
import type { Manner } from '../../src/slack/telling.ts';
import type { SlackWeb } from '../../src/slack/web.ts';
import { noStore } from '../../src/store/no-store.ts';
import { reports } from './any-reports.ts';
import { domainName } from './slack-world.ts';

// The limits load it at the first check, in real time, while the tests' own time flies.
beforeAll(() => import('rate-limiter-flexible'));
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Sent {
  readonly way: 'response_url' | 'dm';
  readonly text: string;
  readonly replaces: unknown;
  readonly threadTs?: unknown;
}

function bench(responseUrlFails: (posts: number) => boolean = () => false) {
  const sent: Sent[] = [];
  let posts = 0;
  let progress: (now: Progress) => void = () => {};
  const looking = Promise.withResolvers<Report>();
  const stopping = new AbortController();
  const client = {
    chat: {
      postMessage: async ({ text }: { text: string }) => {
        sent.push({ way: 'dm', text, replaces: undefined });
        return { channel: 'D1' };
      },
    },
  };
  const web = {
    patiently: (call: (each: typeof client) => unknown) => call(client),
    respond: async (
      _url: string,
      message: { text: string; replace_original: boolean; thread_ts?: string },
    ) => {
      posts += 1;
      if (responseUrlFails(posts)) throw new Error('expired_url');
      sent.push({
        way: 'response_url',
        text: message.text,
        replaces: message.replace_original,
        threadTs: message.thread_ts,
      });
    },
  } as unknown as SlackWeb;
  const bot = {
    web,
    log: createLog('info', { write: () => {} }),
    now: () => new Date(),
    stopping: stopping.signal,
    check: (_domain: unknown, onProgress: (now: Progress) => void) => {
      progress = onProgress;
      return looking.promise;
    },
    store: noStore,
    team: 'T1',
  } as unknown as Bot;
  const asked = { domain: domainName('example.com'), user: 'U0ANA', team: 'T1' };
  const place = {
    user: 'U0ANA',
    conversation: 'C1',
    responseUrl: 'https://hooks.slack.example/1',
    threadTs: '1795450500.000100',
  };
  return {
    sent,
    press: (manner: Manner) => createLiveCheck(bot).answerPress(bot, asked, place, manner),
    /** Another host each tenth of a second. */
    async pass(seconds: number) {
      for (let at = 0; at < seconds * 10; at += 1) {
        progress({ ...nothingYet, hosts: [{ host: domainName(`mx${at}.example.com`), state: 'looking' }] });
        await vi.advanceTimersByTimeAsync(100);
      }
    },
    end: () => looking.resolve(reports.healthy),
    fail: () => looking.reject(new Error('a bug')),
    stop: () => stopping.abort(),
  };
}

describe('a look of 29 seconds', () => {
  test.each<[Manner, number]>([
    ['instead', 3],
    ['beside', 1],
  ])('%s: %i times in between', async (manner, times) => {
    const { sent, press, pass, end } = bench();
    const told = press(manner);
    await pass(29);
    expect(sent).toHaveLength(1 + times);
    end();
    await told;
    expect(sent).toHaveLength(2 + times);
    expect(sent.length).toBeLessThanOrEqual(5);
    expect(
      sent.every(({ way, replaces }) => way === 'response_url' && replaces === (manner === 'instead')),
    ).toBe(true);
    expect(sent.at(-1)?.text).toContain('is protected');
  });

  test('in which nothing answers says so once', async () => {
    const { sent, press, end } = bench();
    const told = press('instead');
    await vi.advanceTimersByTimeAsync(29_000);
    expect(sent.map(({ text }) => text)).toEqual([
      'Checking example.com…',
      'Still checking example.com…\nrecord … · policy … · MX …',
    ]);
    end();
    await told;
    expect(sent).toHaveLength(3);
  });
});

test('beside a message of a thread it is told in that thread', async () => {
  const { sent, press, end } = bench();
  const told = press('beside');
  await vi.advanceTimersByTimeAsync(1000);
  end();
  await told;
  expect(sent.map(({ threadTs }) => threadTs)).toEqual(['1795450500.000100', '1795450500.000100']);
});

test('beside a message a quick look is told by its report alone', async () => {
  const { sent, press, pass, end } = bench();
  const told = press('beside');
  await pass(0.3);
  end();
  await told;
  expect(sent.map(({ text }) => text.slice(0, 8))).toEqual(['example.']);
});

test('a quick look is told twice where the report takes the place of the first', async () => {
  const { sent, press, pass, end } = bench();
  const told = press('instead');
  await pass(0.5);
  end();
  await told;
  expect(sent.map(({ text }) => text.slice(0, 8))).toEqual(['Checking', 'example.']);
});

test('a response_url that works no more leaves the direct message', async () => {
  const { sent, press, pass, end } = bench((posts) => posts > 1);
  const told = press('instead');
  await pass(29);
  end();
  await told;
  expect(sent.map(({ way }) => way)).toEqual(['response_url', 'dm']);
  expect(sent.at(-1)?.text).toContain('is protected');
});

test('a stop is told at once', async () => {
  const { sent, press, pass, stop } = bench();
  const told = press('instead');
  await pass(2);
  stop();
  await told;
  expect(sent.at(-1)?.text).toContain('was broken off');
});

test('a failure takes the place of "Checking…", and is told as every failure', async () => {
  const { sent, press, pass, fail } = bench();
  const told = press('instead');
  await pass(2);
  fail();
  await expect(told).rejects.toThrow('a bug');
  expect(sent.at(-1)).toMatchObject({
    replaces: true,
    text: expect.stringContaining('did not come to an end'),
  });
});
