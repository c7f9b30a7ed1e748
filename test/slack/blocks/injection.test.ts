/** Text that people type never mentions anybody, links anywhere or looks like ours. */
import type { KnownBlock } from '@slack/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainAnswer } from '../../../src/slack/blocks/explain-message.ts';
import { usageMessage } from '../../../src/slack/blocks/help-message.ts';
import { errorMessage } from '../../../src/slack/blocks/notices.ts';
import type { Message } from '../../../src/slack/blocks/pieces.ts';
import { escapeMrkdwn, prose, shorten } from '../../../src/slack/blocks/pieces.ts';
import { policyModal } from '../../../src/slack/blocks/policy-modal.ts';
import { recordsMessage } from '../../../src/slack/blocks/records-message.ts';
import { parseCommand } from '../../../src/slack/command.ts';
import { blankForm, type Form, startLookup } from '../../../src/slack/form.ts';
import { submitForm } from '../../../src/slack/submission.ts';
import { runs, seed } from '../../runs.ts';
import { alice, now, origin } from '../slack-world.ts';

/** Every mrkdwn text: the top-level text, sections, contexts. Rich and plain text show what they hold. */
function mrkdwnOf(message: { text?: string; blocks: readonly unknown[] }): string[] {
  const found: string[] = message.text === undefined ? [] : [message.text];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('type' in value && value.type === 'mrkdwn' && 'text' in value) found.push(String(value.text));
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(message.blocks);
  return found;
}

/** What Slack acts on: mentions, channels, broadcasts, links. Dates and the person who asked are ours. */
function activeParts(message: { text?: string; blocks: readonly unknown[] }): string[] {
  return mrkdwnOf(message).flatMap((text) => text.match(/<[^>]*>/g) ?? []);
}

const hostile = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<!here|here>',
    '<@U024BE7LH>',
    '<#C0GENERAL>',
    '<https://evil.example|example.com>',
    '&lt;!channel&gt;',
    '`</!channel>`',
    '*bold* _it_ ~no~',
    '```\n<!everyone>\n```',
    'x>\n> quote',
    '<!subteam^S1>',
    '<!date^1^{date}|x>',
    ':rotating_light:',
  ),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const typed = fc.array(hostile, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(' '));

describe('no mention, no link, from', () => {
  test('a wrong command', () => {
    fc.assert(
      fc.property(typed, (text) => {
        const parsed = parseCommand(text);
        const message: Message | undefined = parsed.ok
          ? parsed.value.kind === 'explain'
            ? explainAnswer(parsed.value.topic)
            : undefined
          : usageMessage(parsed.problem);
        if (message !== undefined)
          expect(activeParts({ ...message, blocks: ownLinksRemoved(message) })).toEqual([]);
      }),
      { numRuns: runs(500, 30_000), seed },
    );
  });

  test('an unknown topic', () => {
    fc.assert(
      fc.property(typed, (word) => {
        const message = explainAnswer(`${word} no such topic`);
        expect(activeParts({ ...message, blocks: ownLinksRemoved(message) })).toEqual([]);
      }),
      { numRuns: runs(300, 10_000), seed },
    );
  });

  test('any field of the form, in the form itself and in its answer', () => {
    fc.assert(
      fc.property(fc.record({ domain: typed, mx: typed, rua: typed, ownSeconds: typed }), (fields) => {
        const form: Form = { ...blankForm(origin), ...fields, maxAge: 'other' };
        expect(activeParts(policyModal(form))).toEqual([]);
        expect(activeParts(policyModal(startLookup(form).form))).toEqual([]);
        const made = submitForm(form, { askedBy: alice, now });
        if (made.kind === 'publication') {
          const parts = activeParts(recordsMessage(made.records));
          expect(parts.filter((part) => part !== `<@${alice}>`)).toEqual([]);
        }
      }),
      { numRuns: runs(500, 30_000), seed },
    );
  });

  test('a reference', () => {
    expect(activeParts(errorMessage('<!channel>'))).toEqual([]);
  });
});

/** The sources of a topic are links of ours. */
function ownLinksRemoved({ blocks }: Message): KnownBlock[] {
  return blocks.filter((block) => !JSON.stringify(block).includes('https://www.rfc-editor.org/'));
}

test('escaped text shows as it was typed', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = escapeMrkdwn(text);
      expect(escaped).not.toMatch(/[<>]/);
      expect(escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')).toBe(text);
    }),
    { seed },
  );
});

test('prose loses no character but its backticks, and makes no empty text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '`', '<', '\n') }), (text) => {
      const parts = prose(text);
      expect(
        parts
          .map((part) => part.text)
          .join('')
          .replaceAll('`', ''),
      ).toBe(text.replaceAll('`', ''));
      expect(parts.every((part) => part.text !== '')).toBe(true);
    }),
    { seed },
  );
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['ab😀d', 4, 'ab…'],
])('%j cut to %i is %j', (text, max, cut) => {
  expect(shorten(text, max)).toBe(cut);
});
