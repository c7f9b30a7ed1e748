/** Alerts as they are told: whole in a file each, within Slack's limits, and no text of others acts in them. */
import type { ActionsBlock, KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkMessage, checkView } from '../../../src/local/slack/block-kit.ts';
import { readAlertButton, readResumeButton } from '../../../src/slack/alert-button.ts';
import { alertCard } from '../../../src/slack/blocks/alert-message.ts';
import { alertModal } from '../../../src/slack/blocks/alert-modal.ts';
import * as notices from '../../../src/slack/blocks/alert-notices.ts';
import { digestMessage } from '../../../src/slack/blocks/digest-message.ts';
import {
  pausedContent,
  pausedNotice,
  readPaused,
  resumedMessage,
} from '../../../src/slack/blocks/paused-notice.ts';
import type { Message } from '../../../src/slack/blocks/pieces.ts';
import { threadReply } from '../../../src/slack/blocks/thread-reply.ts';
import type { Incident, PauseReason } from '../../../src/store/shapes.ts';
import type { IncidentEntry, IncidentFinding, IncidentState } from '../../../src/watch/incident-shapes.ts';
import { runs, seed } from '../../runs.ts';
import { digests } from '../any-digests.ts';
import * as any from '../any-incidents.ts';
import { hostileTexts } from '../any-reports.ts';
import { domainName } from '../slack-world.ts';

const ben = 'U0BEN00001';
const now = new Date('2026-11-23T16:15:00Z');
const at = now.toISOString();
const day = '2026-11-24T16:15:00.000Z';

function card(state: Partial<IncidentState> = {}, incident: Partial<Incident> = {}): Message {
  const told = any.state(state);
  return alertCard({
    incident: any.incident(incident, told),
    state: told,
    sentence: told.verdict === 'broken' ? any.sentence : undefined,
    now,
  });
}

const over = { closedAt: now, version: 4 };
const allMended = { verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] } as const;
const cards = {
  'alert-one': card(),
  'alert-six': card({ open: any.sixFindings }),
  'alert-warning': card({ verdict: 'enforced', open: [any.noReports] }),
  'alert-acknowledged': card({ acknowledged: { by: ben, at } }),
  'alert-snoozed': card({ snoozed: { by: ben, at, until: day } }),
  'alert-snoozed-and-acknowledged': card({
    acknowledged: { by: ben, at },
    snoozed: { by: ben, at, until: day },
  }),
  'alert-snooze-is-over': card({ snoozed: { by: ben, at: '2026-11-22T16:15:00Z', until: at } }),
  'alert-waiting': card({ verdict: 'enforced', open: [], mended: [any.mended(any.notCovered)] }),
  'alert-mended': card(allMended, over),
};

const reply = (...entries: IncidentEntry[]) =>
  threadReply(entries, { incident: any.incident(over), at: now });
const paused = (because: PauseReason, conversation = 'C0MAILOPS1') => {
  const content = pausedContent(
    [any.watch({ conversation }), any.watch({ domain: bücher, conversation })],
    because,
  );
  const read = readPaused(any.json(content));
  if (read === undefined) throw new Error('cannot be read back');
  return pausedNotice(read, 'U0MTASTSBOT');
};
const bücher = domainName('bücher.example');

const others: Readonly<Record<string, Message>> = {
  'alert-reply-added': reply({ kind: 'added', findings: [any.expired] }),
  'alert-reply-added-many': reply({ kind: 'added', findings: any.sixFindings }),
  'alert-reply-sustained': reply({ kind: 'sustained', findings: [any.notCovered, any.expired] }),
  'alert-reply-acknowledged': reply({ kind: 'acknowledged', by: ben }),
  'alert-reply-snoozed': reply({ kind: 'snoozed', by: ben, until: day }),
  'alert-reply-closed': reply({ kind: 'mended', findings: [any.mended(any.notCovered)] }, { kind: 'closed' }),
  'paused-archived': paused('archived'),
  'paused-not-in-channel': paused('not-in-channel'),
  'paused-channel-gone': paused('channel-gone', 'D0ANABOT01'),
  'paused-restricted': paused('restricted'),
  resumed: resumedMessage(ben, [domainName('example.com'), bücher]),
  'alert-forgotten': notices.forgottenAlertMessage(),
  'alert-store-away': notices.storeAwayMessage(),
  'alert-not-explained': notices.notExplainedMessage(),
  'alert-acknowledged-before': notices.unchangedMessage(
    any.state({ acknowledged: { by: ben, at } }),
    'acknowledge',
  ),
  'alert-snoozed-before': notices.unchangedMessage(
    any.state({ snoozed: { by: ben, at, until: day } }),
    'snooze',
  ),
  'alert-over-before': notices.unchangedMessage(any.state(allMended), 'acknowledge'),
  'resume-nothing': notices.nothingPausedMessage('C0MAILOPS1'),
  'resume-refused': notices.stillPausedMessage('C0MAILOPS1', 'not-in-channel'),
  'resume-done': notices.resumedNotice('C0MAILOPS1', [domainName('example.com')]),
  'digest-empty': digestMessage(digests.empty),
  'digest-well': digestMessage(digests.well),
  'digest-usual': digestMessage(digests.usual),
};

describe('whole', () => {
  test.each(Object.entries({ ...cards, ...others }))('%s', async (name, message) => {
    expect(checkMessage(message)).toEqual([]);
    await expect(drawn(message)).toMatchFileSnapshot(`snapshots/${name}.snap`);
  });

  test('Explain', async () => {
    const told = any.state({ open: any.sixFindings, mended: [any.mended(any.expired)] });
    const view = alertModal(any.incident({}, told), told);
    expect(checkView(view)).toEqual([]);
    await expect(drawn(view)).toMatchFileSnapshot('snapshots/alert-explain.snap');
  });
});

describe('the card', () => {
  test('is red, amber, grey or green, and says the same in a word', () => {
    const bars = Object.values(cards).map(({ attachments, text }) => [
      attachments?.[0]?.color,
      /\b(Open|Acknowledged|Snoozed|Mended)\b/.exec(text)?.[1],
    ]);
    expect(bars).toEqual([
      ['#e01e5a', 'Open'],
      ['#e01e5a', 'Open'],
      ['#ecb22e', 'Open'],
      ['#ecb22e', 'Acknowledged'],
      ['#868686', 'Snoozed'],
      ['#868686', 'Snoozed'],
      ['#e01e5a', 'Open'],
      ['#ecb22e', 'Open'],
      ['#2eb67d', 'Mended'],
    ]);
  });

  test('has little beside its colour, as Slack folds what is high', () => {
    for (const { attachments } of Object.values(cards)) {
      expect(attachments).toHaveLength(1);
      expect(attachments?.[0]?.blocks).toHaveLength(2);
    }
  });

  test.each([
    ['alert-one', ['alert.acknowledge', 'alert.snooze', 'alert.check_again', 'alert.explain']],
    ['alert-acknowledged', ['alert.snooze', 'alert.check_again', 'alert.explain']],
    ['alert-waiting', ['alert.check_again', 'alert.explain']],
    ['alert-mended', ['alert.check_again']],
  ] as const)('%s can be told to do just that', (name, ids) => {
    expect(elementsOf(cards[name]).map(({ action_id }) => action_id)).toEqual(ids);
  });

  test('carries its incident in each button, and the days in each choice', () => {
    const [acknowledge, snooze, check, explain] = elementsOf(cards['alert-one']);
    const incident = any.incidentId;
    expect([acknowledge, check, explain].map((each) => readAlertButton(each?.value))).toEqual([
      { incident },
      { incident, domain: 'example.com' },
      { incident },
    ]);
    expect(snooze?.options?.map(({ value }) => readAlertButton(value))).toEqual([
      { incident, days: 1 },
      { incident, days: 7 },
    ]);
  });

  test('has another block_id in each version, or Slack would keep what was chosen', () => {
    const id = (message: Message) => message.attachments?.[0]?.blocks?.at(-1)?.block_id;
    expect(id(card({}, { version: 1 }))).not.toBe(id(card({}, { version: 2 })));
  });

  test('tells findings of one cause once', () => {
    const open = Array.from({ length: 50 }, (_, host) => ({
      ...any.notCovered,
      subject: `mx${host}.example.com`,
    }));
    const { blocks } = card({ open });
    expect(JSON.stringify(blocks).match(/Error: /g)).toHaveLength(1);
    expect(JSON.stringify(blocks)).toContain('and 29 more');
  });
});

test('every button says more to a screen reader, and first what is to be seen', () => {
  const buttons =
    JSON.stringify({ ...cards, ...others }).match(/\{"type":"button"[^{]*\{[^}]*\}[^}]*\}/g) ?? [];
  expect(buttons.length).toBeGreaterThan(20);
  for (const each of buttons.map((json) => JSON.parse(json))) {
    expect(each.accessibility_label.startsWith(`${each.text.text}: `), each.accessibility_label).toBe(true);
  }
});

test('nobody is asked "please", and nothing shouts', () => {
  expect(JSON.stringify({ ...cards, ...others })).not.toMatch(/please|[a-z]!["\s]|sorry/i);
});

test.each([
  ['not JSON', 'x'],
  ['another version', '[2,"a"]'],
  ['no incident', '[1]'],
  ['other days than are offered', '[1,"a",3]'],
  ['a domain that is none', '[1,"a","exa mple"]'],
  ['nothing', undefined],
])('a button that carries %s is none of ours', (_why, value) => {
  expect(readAlertButton(value)).toBeUndefined();
  expect(readResumeButton(value)).toBeUndefined();
});

test.each([
  ['no object', 'x'],
  ['another kind', { kind: 'else' }],
  ['a reason that is none', { kind: 'paused', conversation: 'C1', because: 'bored', domains: [] }],
  ['no list of domains', { kind: 'paused', conversation: 'C1', because: 'archived', domains: 'x' }],
])('a notice of %s is not read', (_why, content) => {
  expect(readPaused(content)).toBeUndefined();
});

describe('whatever others wrote', () => {
  // What grows most on its way into blocks and into mrkdwn.
  const longTexts = ['`a`b'.repeat(300), '&<'.repeat(500), 'Publish `v=STSv1; id=1;` and '.repeat(40)];
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(...hostileTexts, ...longTexts),
        fc.string({ unit: 'grapheme', maxLength: 80 }),
      ),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    .map((parts) => parts.join(' '));
  const found: fc.Arbitrary<IncidentFinding> = fc
    .record({
      id: fc.constantFrom('mx.not-covered', 'http.status', 'dane.partial', 'rpt.absent', 'x'),
      severity: fc.constantFrom('error', 'warning'),
      subject: text,
      title: text,
      detail: text,
      remedy: fc.oneof(
        text,
        fc.tuple(text, text).map(([one, two]) => `Publish \`v=${one}\`, then:\n${two}`),
      ),
    })
    .map((parts) => any.open(parts.id, 'error', parts as Partial<IncidentFinding>));
  const findings = fc.array(found, { maxLength: 60 });
  const user = fc.oneof(fc.constant(ben), text);
  const longest = domainName(`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}.com`);

  test('the card and Explain fit Slack and act on nothing', () => {
    fc.assert(
      fc.property(findings, findings, text, user, fc.boolean(), (open, closed, sentence, by, isOver) => {
        const told = any.state({
          open,
          mended: closed.map((each) => any.mended(each)),
          acknowledged: { by, at },
          snoozed: { by, at, until: day },
        });
        const incident = any.incident(
          { domain: longest, version: 123_456, closedAt: isOver ? now : undefined },
          told,
        );
        const message = alertCard({ incident, state: told, sentence, now });
        expect(checkMessage(message)).toEqual([]);
        // chat.update takes no more.
        expect(message.text.length).toBeLessThanOrEqual(4000);
        expect(activeParts(message)).toEqual([]);
        const view = alertModal(incident, told);
        expect(checkView(view)).toEqual([]);
        expect(activeParts({ text: '', blocks: view.blocks })).toEqual([]);
        expect(JSON.stringify(view).length).toBeLessThan(250_000);
      }),
      { numRuns: runs(60, 3000), seed },
    );
  });

  test('a reply of every kind at once fits Slack and acts on nothing', () => {
    fc.assert(
      fc.property(findings, user, (each, by) => {
        const message = reply(
          { kind: 'added', findings: each },
          { kind: 'mended', findings: each.map((one) => any.mended(one)) },
          { kind: 'sustained', findings: each },
          { kind: 'acknowledged', by },
          { kind: 'snoozed', by, until: day },
          { kind: 'closed' },
        );
        expect(checkMessage(message)).toEqual([]);
        expect(activeParts(message)).toEqual([]);
      }),
      { numRuns: runs(60, 3000), seed },
    );
  });

  test('the largest digest fits Slack and acts on nothing', () => {
    const message = digestMessage(digests.largest);
    expect(checkMessage(message)).toEqual([]);
    expect(activeParts(message)).toEqual([]);
    expect(message.text).toContain('and 500 others');
  });

  test('a notice about many long domains fits Slack', () => {
    const watches = Array.from({ length: 500 }, () => any.watch({ domain: longest }));
    const read = readPaused(any.json(pausedContent(watches, 'archived')));
    expect(read?.domains).toHaveLength(500);
    if (read !== undefined) expect(checkMessage(pausedNotice(read))).toEqual([]);
  });
});

/** What Slack acts on in mrkdwn but times, links to the RFCs, and whoever acted. */
function activeParts({
  text,
  blocks,
  attachments = [],
}: Omit<Message, 'blocks'> & { blocks: unknown }): string[] {
  const found = [text];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { type, user_id, channel_id, url } = value as Record<string, unknown>;
    if (type === 'mrkdwn') found.push(String((value as { text: unknown }).text));
    if (type === 'user') found.push(`<@${user_id}>`);
    if (type === 'channel') found.push(`<#${channel_id}>`);
    if (type === 'link') found.push(`<${url}>`);
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(blocks);
  for (const each of attachments) walk(each.blocks);
  return found
    .flatMap((each) => each.match(/<[^>]*>/g) ?? [])
    .filter(
      (part) =>
        !/^<(!date\^\d+\^[^|>]*\|[^>]*|@U0BEN00001|https:\/\/www\.rfc-editor\.org\/[^|>]*)>$/.test(part),
    );
}

interface Pressable {
  readonly action_id?: string;
  readonly value?: string;
  readonly options?: readonly { readonly value?: string }[];
}

function elementsOf({ attachments = [] }: Message): readonly Pressable[] {
  const blocks = attachments.flatMap((each) => (each.blocks ?? []) as KnownBlock[]);
  return blocks
    .filter((block): block is ActionsBlock => block.type === 'actions')
    .flatMap(({ elements }) => elements as Pressable[]);
}

function drawn(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
