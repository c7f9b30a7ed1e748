/** The report as it is told: whole in a file each, within Slack's limits, and no text of others acts in it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePublication } from '../../../src/check/compare-publication.ts';
import { checkMessage, checkView } from '../../../src/local/slack/block-kit.ts';
import type { HostName } from '../../../src/protocol/domain.ts';
import * as notices from '../../../src/slack/blocks/check-notices.ts';
import type { Message } from '../../../src/slack/blocks/pieces.ts';
import { reportMessage } from '../../../src/slack/blocks/report-message.ts';
import { shareReportModal } from '../../../src/slack/blocks/share-modal.ts';
import { publicationOf } from '../../../src/slack/records.ts';
import { readReportButton, toldReport } from '../../../src/slack/told-report.ts';
import { readWatchValue } from '../../../src/slack/watch-values.ts';
import { anyCharacter } from '../../characters.ts';
import { healthy, nxdomain } from '../../check/observations.ts';
import { runs, seed } from '../../runs.ts';
import { records } from '../any-records.ts';
import { delivery, finding, hostileTexts, report, reports } from '../any-reports.ts';
import { alice, domainName } from '../slack-world.ts';

const token = 'dG9rZW4tb2YtYS1yZXBvcnQ';
const example = domainName('example.com');
const generated = records();
const compared = toldReport(reports.healthy, {
  generated,
  comparison: comparePublication(publicationOf(generated), healthy),
});
const unpublished = toldReport(reports.off, {
  generated,
  comparison: comparePublication(publicationOf(generated), {
    ...healthy,
    record: { ...healthy.record, lookup: nxdomain('_mta-sts.example.com'), authoritative: [] },
    policyHost: {
      ...healthy.policyHost,
      a: nxdomain('mta-sts.example.com'),
      aaaa: nxdomain('mta-sts.example.com'),
      fetches: [],
    },
  }),
});

const progress = {
  record: 'done',
  policy: 'done',
  mx: 'done',
  hosts: [
    { host: example, state: 'done' },
    { host: example, state: 'looking' },
  ],
} as const;

const messages: Readonly<Record<string, Message>> = {
  ...Object.fromEntries(
    Object.entries(reports)
      .filter(([name]) => name !== 'largest')
      .map(([name, each]) => [`report-${kebab(name)}`, reportMessage(each, { token })]),
  ),
  'report-broken-all': reportMessage(reports.broken, { token, all: true }),
  'report-off-all': reportMessage(reports.off, { token, all: true }),
  'report-shared': reportMessage(reports.broken, { token, sharedBy: alice }),
  'report-compared': reportMessage(compared, { token }),
  'report-unpublished': reportMessage(unpublished, { token, note: notices.newLookNote }),
  checking: notices.checkingMessage(example),
  'checking-waiting': notices.checkingMessage(example, { kind: 'waiting', before: 3 }),
  'checking-hosts': notices.checkingMessage(example, { kind: 'looking', progress }),
  'checking-many-hosts': notices.checkingMessage(example, {
    kind: 'looking',
    progress: {
      ...progress,
      hosts: Array.from({ length: 50 }, (_, at) => ({
        host: example,
        state: at < 31 ? ('done' as const) : ('looking' as const),
      })),
    },
  }),
  'check-limited-user': notices.limitedMessage(example, { whose: 'user', againInSeconds: 400 }, new Date(0)),
  'check-limited-domain': notices.limitedMessage(
    example,
    { whose: 'domain', againInSeconds: 1 },
    new Date(0),
  ),
  'check-busy': notices.busyMessage(),
  'check-broken-off': notices.brokenOffMessage({ domain: example }),
  'check-failed': notices.failedMessage({ domain: example, generated }),
  'report-forgotten': notices.reportForgottenMessage(example),
};

test.each(Object.entries(messages))('%s', async (name, message) => {
  expect(checkMessage(message)).toEqual([]);
  await expect(`${JSON.stringify(message, null, 2)}\n`).toMatchFileSnapshot(`snapshots/${name}.snap`);
});

test('the modal that shares it', async () => {
  const view = shareReportModal(reports.broken, {
    domain: example,
    token,
    isPrivate: true,
    showsAll: false,
  });
  expect(checkView(view)).toEqual([]);
  await expect(`${JSON.stringify(view, null, 2)}\n`).toMatchFileSnapshot('snapshots/share-report.snap');
});

describe('the text alone', () => {
  test('holds the whole report, in order', () => {
    const { text } = reportMessage(reports.broken, { token });
    const parts = [
      'example.com: broken',
      '1 of 3 mail hosts',
      'mx1.example.com: in the policy: yes',
      'Error: An MX host is missing',
      'mx: mx3.example.com',
      'v=STSv1; id=20261123T162000Zb07d;',
      'RFC 8461 §4.1',
      'Error: The certificate',
      'Notice: The policy is kept',
      'v=TLSRPTv1; rua=',
      '3 of 4 known senders do not take this as it is.',
      'without a final line break: Comcast.',
      'a byte order mark: mox, chasquid.',
      'alias of _mta-sts.hosting.example',
      'Looked at',
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  test('names every one of fifty hosts', () => {
    const { text } = reportMessage(reports.fiftyMx, { token });
    for (const { host } of reports.fiftyMx.deliveries) expect(text).toContain(`${host}: in the policy`);
  });

  test('says that there is more where it must end', () => {
    const { text } = reportMessage(reports.largest, { token });
    expect(text).toContain('There is more');
    expect(text.length).toBeLessThan(40_000);
  });
});

describe('the largest report', () => {
  test.each([
    ['what matters first', {}],
    ['all of it', { all: true }],
    ['shared', { all: true, sharedBy: alice }],
    ['with a note', { all: true, note: notices.newLookNote }],
  ])('%s fits, and counts what it leaves out', (_, view) => {
    const message = reportMessage(reports.largest, { token, ...view });
    expect(checkMessage(message)).toEqual([]);
    const shown = JSON.stringify(message.blocks);
    expect(shown).toMatch(/\d+ errors, \d+ warnings, \d+ notices/);
    expect(shown.match(/Not measured: /g)).toHaveLength(1);
  });

  test('shows at least one error whole beside its table', () => {
    const { blocks } = reportMessage(reports.largest, { token });
    expect(blocks.filter(({ type }) => type === 'table')).toHaveLength(1);
    expect(JSON.stringify(blocks)).toContain('Error: ');
  });

  test('of one remedy alone is never cut inside a text to copy', () => {
    const policy = `version: STSv1\nmode: enforce\n${'mx: a.example.com\n'.repeat(300)}max_age: 604800\n`;
    const long = report({ findings: [finding('policy.x', 'error', { remedy: `Serve \`${policy}\`` })] });
    const { blocks, text } = reportMessage(long, { token });
    expect(JSON.stringify(blocks)).toContain('too long for a message');
    expect(JSON.stringify(blocks)).not.toContain('rich_text_preformatted');
    expect(text).toContain('max_age: 604800');
  });
});

describe('what others wrote', () => {
  const { text, blocks } = reportMessage(reports.hostile, { token, all: true });

  test('mentions nobody and links nowhere', () => {
    const mrkdwn = [text, ...mrkdwnOf(blocks)];
    const active = mrkdwn.flatMap((each) => each.match(/<[^>]*>/g) ?? []);
    expect(active.filter((part) => !part.startsWith('<!date^'))).toEqual([]);
    expect(linksOf(blocks)).toEqual([expect.stringMatching(/^https:\/\/www\.rfc-editor\.org\//)]);
  });

  test('hides and reorders nothing', () => {
    const shown = JSON.parse(JSON.stringify({ text, blocks }));
    expect(stringsOf(shown).filter((each) => /[\p{Cf}\p{Cs}]|(?!\n)\p{Cc}/u.test(each))).toEqual([]);
  });

  test('whatever it is and wherever it stands', () => {
    const text = fc.oneof(
      fc.constantFrom(...hostileTexts),
      fc.string({ unit: anyCharacter, maxLength: 400 }),
      fc.string({ unit: fc.constantFrom('`', '<', '!', '|', '\n', ':', 'mx: a', 'v=STSv1;', '*', '\u202e') }),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 8, maxLength: 8 }), fc.boolean(), (texts, all) => {
        const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = ''] = texts;
        const made = report({
          sentence: a,
          nextStep: b,
          deliveries: [delivery(c, { starttls: d, certificate: e, because: f })],
          unmeasured: [g as HostName],
          findings: [finding('x', 'error', { subject: c, title: d, detail: e, remedy: h })],
          facts: [{ id: 'txt.x', subject: f, text: g }],
          acceptance: [{ sender: h, accepts: false, because: [a, b] }],
        });
        const message = reportMessage(made, { token, all });
        expect(checkMessage(message)).toEqual([]);
        const mrkdwn = [message.text, ...mrkdwnOf(message.blocks)];
        const parts = mrkdwn.flatMap((each) => each.match(/<[^>]*>/g) ?? []);
        expect(parts.filter((part) => !part.startsWith('<!date^'))).toEqual([]);
        expect(stringsOf(message).filter((each) => /[\p{Cf}\p{Cs}]|(?!\n)\p{Cc}/u.test(each))).toEqual([]);
      }),
      { numRuns: runs(80, 5000), seed },
    );
  });

  test('is there to be read', () => {
    expect(stringsOf(blocks).some((each) => each.includes(hostileTexts[0]))).toBe(true);
  });
});

test('every button says more to a screen reader, and can be read back', () => {
  for (const { blocks } of Object.values(messages)) {
    for (const block of blocks.filter(({ type }) => type === 'actions')) {
      for (const element of 'elements' in block ? block.elements : []) {
        if (element.type !== 'button') continue;
        const {
          text,
          accessibility_label: label = '',
          value,
        } = element as typeof element & {
          text: { text: string };
          accessibility_label?: string;
          value?: string;
        };
        expect(label.startsWith(text.text)).toBe(true);
        expect((readReportButton(value) ?? readWatchValue(value))?.domain).toBe('example.com');
      }
    }
  }
});

test('findings of one rule at many hosts are told once, and name the hosts', () => {
  const { blocks } = reportMessage(reports.fiftyMx, { token });
  const shown = JSON.stringify(blocks);
  expect(shown.match(/does not offer STARTTLS/g)).toHaveLength(1);
  expect(shown).toContain('The same at ');
  expect(shown).toContain(' and 29 more');
});

test('nobody is asked "please", and nothing shouts', () => {
  for (const [name, message] of Object.entries(messages)) {
    if (name !== 'report-hostile') expect(JSON.stringify(message)).not.toMatch(/please|!["\s]|sorry/i);
  }
});

function mrkdwnOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(mrkdwnOf);
  return 'type' in value && value.type === 'mrkdwn' && 'text' in value
    ? [String(value.text), ...inner]
    : inner;
}

function linksOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...('url' in value && typeof value.url === 'string' ? [value.url] : []),
    ...Object.values(value).flatMap(linksOf),
  ];
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
