/** How reports read, whole, at the widths that people have. */
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/check/report.ts';
import type { Screen } from '../../src/terminal/layout.ts';
import { reportText } from '../../src/terminal/report-text.ts';
import { summaryText, tallyOf } from '../../src/terminal/summary-text.ts';
import {
  broken,
  dark,
  delivery,
  ended,
  enforced,
  finding,
  noDomain,
  off,
  parked,
  thirtyHosts,
  turnedAway,
  unknown,
} from './reports.ts';

function screen(columns: number): Screen {
  return { columns, live: false, paint: (_, text) => text, write: () => {} };
}

const reports: readonly (readonly [name: string, report: Report])[] = [
  ['enforced', enforced],
  ['broken', broken],
  ['off', off],
  ['ended', ended],
  ['no such domain', noDomain],
  ['parked', parked],
  ['unknown', unknown],
  ['mail hosts not measured', dark],
  ['a host that turned us away', turnedAway],
  ['thirty hosts', thirtyHosts],
  [
    'facts, and who does not take it',
    {
      ...enforced,
      facts: [
        {
          id: 'txt.cname-ok',
          subject: '_mta-sts.example.com',
          text: '_mta-sts.example.com is an alias of example-com.mta-sts.provider.example.',
        },
        { id: 'host.cert-wildcard', subject: 'mta-sts.example.com', text: 'Its certificate is a wildcard.' },
      ],
      acceptance: [
        { sender: 'mox', accepts: false, because: ['An id with a hyphen.', 'An empty line.'] },
        { sender: 'postfix-tlspol', accepts: false, because: ['An empty line.'] },
        { sender: 'mailauth', accepts: true, because: [] },
      ],
    },
  ],
];

describe.each([80, 40])('at %i columns', (columns) => {
  test.each(reports)('%s', (_, report) => {
    const text = reportText(report, screen(columns));
    expect(text).toMatchSnapshot();
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/\n\n\n|[ \t]\n/);
    const tooLong = text
      .split('\n')
      .filter((line) => line.length > columns && !/^ *[^ ]+$|^ {6}(?: {7})?[^ ]/.test(line));
    expect(tooLong).toEqual([]);
  });
});

test('every host is named, and none is cut', () => {
  for (const columns of [40, 60, 80, 100]) {
    const text = reportText(thirtyHosts, screen(columns));
    for (const { host } of thirtyHosts.deliveries) expect(text).toContain(`\n${host}\n`);
  }
});

test('the same of twenty hosts is said once', () => {
  const text = reportText(thirtyHosts, screen(80));
  expect(text.match(/An MX host is missing/g)).toHaveLength(1);
  expect(text).toContain('20 errors');
});

test('what differs in more than its subject is said each time', () => {
  const other = finding({ subject: 'mx4.example.com', detail: 'mx4.example.com is another matter.' });
  const text = reportText({ ...broken, findings: [finding(), other] }, screen(80));
  expect(text.match(/An MX host is missing/g)).toHaveLength(2);
});

test('a next step that is the remedy of a finding is not said twice', () => {
  expect(reportText(broken, screen(80)).match(/Add this line/g)).toHaveLength(1);
});

test('a policy is made where there is none, and mail that it could protect', () => {
  const make = /^ {2}mta-sts new example\.com$/m;
  expect(reportText(off, screen(80))).toMatch(make);
  for (const report of [ended, noDomain, parked, unknown, broken]) {
    expect(reportText(report, screen(80))).not.toMatch(make);
  }
});

test('what turned us away is told once, with its words', () => {
  const text = reportText(turnedAway, screen(80));
  expect(text.match(/`554 5\.7\.1 Not you`/g)).toHaveLength(1);
  expect(text).not.toContain('Good to know');
});

test('senders are named where some take it and others do not', () => {
  const because = ['It follows no redirect.'];
  const refusing = ['mox', 'chasquid'].map((sender) => ({ sender, accepts: false, because }));
  const taking = { sender: 'mailauth', accepts: true, because: [] };
  const told = (acceptance: Report['acceptance']) => reportText({ ...enforced, acceptance }, screen(80));
  expect(told([...refusing, taking])).toContain(
    'Who takes it: 1 of 3 known senders; these do not\n  It follows no redirect: mox, chasquid.\n',
  );
  expect(told(refusing)).toContain('Who takes it: none of 2 known senders\n  It follows no redirect.\n');
});

test('nothing of others steers the terminal, and all of it is seen', () => {
  const nasty = 'a\u001b[2J\u001b]0;x\u0007\r\u202eb\u200bc\u009b1m';
  const report: Report = {
    ...dark,
    findings: [finding({ title: nasty, subject: nasty, detail: nasty, remedy: nasty })],
    sentence: nasty,
    nextStep: `${nasty}!`,
    deliveries: dark.unmeasured.map((host) =>
      delivery(host, { starttls: nasty, certificate: nasty, because: nasty }),
    ),
    facts: [{ id: 'x.y', subject: nasty, text: nasty }],
    acceptance: [{ sender: nasty, accepts: false, because: [nasty] }],
  };
  const text = reportText(report, screen(80));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get here
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\ufeff]/);
  expect(text.match(/<ESC>\[2J/g)?.length).toBeGreaterThanOrEqual(8);
  expect(text).toMatch(/<RIGHT-TO-LEFT\s+OVERRIDE>b<ZERO\s+WIDTH\s+SPACE>c<U\+009B>1m/);
});

test.each([80, 40])('the summary of many at %i columns', (columns) => {
  const tallies = reports.map(([, report]) => tallyOf(report));
  expect(summaryText(tallies, screen(columns))).toMatchSnapshot();
});
