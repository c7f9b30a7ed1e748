/** The door alone: what is let in, what is said when something fails inside, and who is waited for. */
import type { ReceiverEvent } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { createDoor, type Interaction } from '../../src/slack/door.ts';
import type { SlackWeb } from '../../src/slack/web.ts';
import { noStore } from '../../src/store/no-store.ts';

type Way = 'response_url' | 'ephemeral' | 'dm';

function setUp(broken: readonly Way[] = []) {
  const told: { way: Way; text: string }[] = [];
  const interactions: Interaction[] = [];
  const lines: Record<string, unknown>[] = [];
  const send = async (way: Way, { text }: { text?: string }) => {
    if (broken.includes(way)) throw new Error(`${way} is broken`);
    told.push({ way, text: text ?? '' });
  };
  const client = {
    chat: {
      postEphemeral: (message: { text: string }) => send('ephemeral', message),
      postMessage: (message: { text: string }) => send('dm', message).then(() => ({ channel: 'D1' })),
    },
  };
  const web = {
    patiently: (call: (each: typeof client) => unknown) => call(client),
    respond: (_url: string, message: { text: string }) => send('response_url', message),
  } as unknown as SlackWeb;
  const door = createDoor({
    base: {
      store: noStore,
      workspaces: {
        nowhere: web,
        of: async () => ({ teamId: 'T1', enterpriseId: 'E1', web, bot: { botToken: 'xoxb-1' } }),
        isOf: async (enterprise, team) => enterprise === 'E1' && team === 'T2',
        removed: async () => {},
      },
      log: createLog('info', { write: (line) => void lines.push(JSON.parse(line)) }),
      lookUpMx: () => Promise.reject(new Error('not asked')),
      check: () => Promise.reject(new Error('not asked')),
      stopping: new AbortController().signal,
      now: () => new Date(),
    },
    observe: (interaction) => interactions.push(interaction),
  });
  const acks: unknown[] = [];
  const arrive = (body: object, properties = {}): ReceiverEvent => ({
    body,
    customProperties: properties,
    ack: async (answer: unknown) => void acks.push(answer),
  });
  return { door, told, interactions, lines, acks, arrive };
}

const command = {
  command: '/mta-sts',
  team_id: 'T1',
  user_id: 'U1',
  channel_id: 'C1',
  response_url: 'https://hooks.slack.com/x',
};
const submission = {
  type: 'view_submission',
  team: { id: 'T1' },
  user: { id: 'U1', team_id: 'T1' },
  view: { id: 'V1', callback_id: 'share_form', state: { values: { share_to: {}, other: {} } } },
};
const press = {
  type: 'block_actions',
  team: { id: 'T1' },
  user: { id: 'U1', team_id: 'T1' },
  container: { message_ts: '1.2', channel_id: 'C1' },
  actions: [{ type: 'button', action_id: 'a', block_id: 'b' }],
};
const reference = /[2-9A-Z]{4}-[2-9A-Z]{4}/;

describe('a failure inside', () => {
  test('before the ack of a form: the form stays, and the reason stands at its first field', async () => {
    const { door, told, acks, lines, arrive } = setUp();
    const body = { ...submission };
    await door.pass(arrive(body), async () => door.failed(body, new Error('a bug')));
    expect(acks).toEqual([
      { response_action: 'errors', errors: { share_to: expect.stringMatching(reference) } },
    ]);
    expect(told).toEqual([]);
    const shown = reference.exec(JSON.stringify(acks))?.[0];
    expect(lines.filter((line) => line.reference === shown).map(({ level }) => level)).toEqual([
      'error',
      'info',
    ]);
  });

  test('after the ack: the person is told once, with the reference', async () => {
    const { door, told, acks, arrive } = setUp();
    const body = { ...command };
    await door.pass(arrive(body), async ({ ack }) => {
      await ack();
      door.failed(body, new Error('a bug'));
    });
    expect(acks).toEqual([undefined]);
    expect(told).toEqual([{ way: 'response_url', text: expect.stringMatching(reference) }]);
  });

  test.each([
    [['response_url'], 'ephemeral'],
    [['response_url', 'ephemeral'], 'dm'],
  ] as const)('with %j broken it is told by %s', async (broken, way) => {
    const { door, told, arrive } = setUp(broken);
    await door.pass(arrive(command), () => Promise.reject(new Error('a bug')));
    expect(told.map((each) => each.way)).toEqual([way]);
  });

  test('with every way broken it is in the log, and nothing is thrown', async () => {
    const { door, told, lines, interactions, arrive } = setUp(['response_url', 'ephemeral', 'dm']);
    await door.pass(arrive(command), () => Promise.reject(new Error('a bug')));
    expect(told).toEqual([]);
    expect(lines.at(-2)).toMatchObject({ level: 'error', msg: 'and nobody could be told' });
    expect(interactions).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('what came before', () => {
  const answered = async ({ ack }: ReceiverEvent) => {
    await ack();
  };

  test.each([
    ['the same signature', command, { signature: 'v0=1' }],
    ['the same event', { event: { type: 'app_home_opened', user: 'U1' }, event_id: 'Ev1' }, {}],
    ['the same press', press, {}],
  ])('%s has no effect', async (_what, body, properties) => {
    const { door, interactions, acks, arrive } = setUp();
    await door.pass(arrive(body, properties), answered);
    await door.pass(arrive(body, properties), () => Promise.reject(new Error('inside')));
    expect(interactions.map(({ outcome }) => outcome)).toEqual(['answered', 'repeated']);
    expect(acks).toHaveLength(2);
  });

  test('but runs again where it failed', async () => {
    const { door, interactions, arrive } = setUp();
    await door.pass(arrive(command, { signature: 'v0=1' }), () => Promise.reject(new Error('a bug')));
    await door.pass(arrive(command, { signature: 'v0=1' }), answered);
    expect(interactions.map(({ outcome }) => outcome)).toEqual(['failed', 'answered']);
  });
});

describe('who is at home', () => {
  test.each([
    ['the workspace that installed it', { team_id: 'T1' }, 'unknown'],
    ['another one', { team_id: 'T2' }, 'elsewhere'],
    ['another one of the same enterprise', { team_id: 'T2', enterprise_id: 'E1' }, 'unknown'],
    ['a stranger to the enterprise of the app', { team_id: 'T3', enterprise_id: 'E1' }, 'elsewhere'],
    ['another one of another enterprise', { team_id: 'T2', enterprise_id: 'E2' }, 'elsewhere'],
  ])('%s', async (_what, from, outcome) => {
    const { door, interactions, arrive } = setUp();
    await door.pass(arrive({ ...command, ...from }), async () => {});
    expect(interactions).toMatchObject([{ outcome }]);
  });
});

test('a stop waits for those inside, and not for ever', async () => {
  const { door, arrive } = setUp();
  const work = Promise.withResolvers<void>();
  const visit = door.pass(arrive(command), async ({ ack }) => {
    await ack();
    await work.promise;
  });
  expect(await door.drain(20)).toBe(1);
  setTimeout(work.resolve, 20);
  expect(await door.drain(5000)).toBe(0);
  await visit;
});
