/** What each rule finds, as Slack shows it: within the limits, with every text to copy in a box of its own. */
import { describe, expect, test } from 'vitest';
import { createReport, type Report } from '../../../src/check/report.ts';
import { checkMessage } from '../../../src/local/slack/block-kit.ts';
import { escapeMrkdwn } from '../../../src/slack/blocks/pieces.ts';
import { reportMessage } from '../../../src/slack/blocks/report-message.ts';
import { smallestChangesSince } from '../../check/rules/smallest-changes-history.ts';
import { smallestMxChanges } from '../../check/rules/smallest-changes-mx.ts';
import { smallestChangesRecord } from '../../check/rules/smallest-changes-record.ts';

const reports: [string, Report][] = [
  ...smallestMxChanges.map(({ id, what, seen }): [string, Report] => [`${id}: ${what}`, createReport(seen)]),
  ...Object.entries(smallestChangesRecord).map(([id, seen]): [string, Report] => [id, createReport(seen)]),
  ...smallestChangesSince.map(({ id, what, seen, history }): [string, Report] => [
    `${id}: ${what}`,
    createReport(seen, history),
  ]),
];

describe('a domain with', () => {
  test.each(reports)('%s', (_, report) => {
    for (const all of [false, true]) {
      const message = reportMessage(report, { token: 't', all });
      expect(checkMessage(message)).toEqual([]);
      const active = [message.text, ...mrkdwnOf(message.blocks)].flatMap(
        (text) => text.match(/<[^>]*>/g) ?? [],
      );
      expect(active.filter((part) => !part.startsWith('<!date^'))).toEqual([]);
      for (const { title, detail } of report.findings) {
        expect(message.text).toContain(escapeMrkdwn(title));
        expect(message.text.replaceAll(/\s/g, '')).toContain(escapeMrkdwn(detail).replaceAll(/\s/g, ''));
      }
    }
    const { blocks } = reportMessage(report, { token: 't', all: true });
    const boxes = boxesOf(blocks);
    for (const { remedy } of report.findings) {
      for (const [text = ''] of remedy.matchAll(/v=(?:STSv1|TLSRPTv1);[^`\n]*/g))
        expect(boxes).toContain(text);
      const file = /^[^\n]*:\n([\s\S]+?)(?:\nThen [^\n]*)?$/.exec(remedy)?.[1];
      if (file !== undefined) expect(boxes).toContain(file);
    }
  });
});

function mrkdwnOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(mrkdwnOf);
  return 'type' in value && value.type === 'mrkdwn' && 'text' in value
    ? [String(value.text), ...inner]
    : inner;
}

function boxesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('type' in value && value.type === 'rich_text_preformatted' && 'elements' in value) {
    return [(value.elements as { text: string }[]).map(({ text }) => text).join('')];
  }
  return Object.values(value).flatMap(boxesOf);
}
