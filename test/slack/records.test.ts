/** The state of a records message survives its buttons, its blocks and forgery. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordsMessage } from '../../src/slack/blocks/records-message.ts';
import { readShare, shareModal } from '../../src/slack/blocks/share-modal.ts';
import { publicationOf, readRecords, recordsValue, valueCharsMax } from '../../src/slack/records.ts';
import { runs, seed } from '../runs.ts';
import { anyRecords, records } from './any-records.ts';
import { sentBack } from './slack-world.ts';

describe('read back as it was', () => {
  test('from the value of a button', () => {
    fc.assert(
      fc.property(anyRecords, (made) => {
        const value = recordsValue(made);
        if (value === undefined) return;
        expect(value.length).toBeLessThanOrEqual(valueCharsMax);
        expect(readRecords({ value })).toEqual({ ok: true, value: made });
      }),
      { numRuns: runs(120, 20_000), seed },
    );
  });

  test('from the blocks of a message, when the buttons carry nothing', () => {
    fc.assert(
      fc.property(anyRecords, (made) => {
        const blocks: unknown = JSON.parse(JSON.stringify(recordsMessage(made).blocks));
        expect(readRecords({ blocks })).toEqual({ ok: true, value: made });
        expect(readRecords({ value: 'stale', blocks })).toEqual({ ok: true, value: made });
      }),
      { numRuns: runs(120, 20_000), seed },
    );
  });

  test('from the share modal, however long', () => {
    fc.assert(
      fc.property(anyRecords, (made) => {
        const view = sentBack(shareModal(made), { share_to: 'C0MAILOPS' });
        expect(readShare(view)).toEqual({
          ok: true,
          value: { what: 'records', records: made, conversation: 'C0MAILOPS' },
        });
      }),
      { numRuns: runs(50, 5000), seed },
    );
  });

  test('as the same publication', () => {
    const made = records();
    const read = readRecords({ value: recordsValue(made) });
    expect(read.ok && publicationOf(read.value)).toEqual(publicationOf(made));
  });
});

describe('what cannot be read is a problem with a sentence', () => {
  const value = recordsValue(records()) ?? '';
  const forged = (change: (items: unknown[]) => void): string => {
    const items: unknown = JSON.parse(value);
    if (!Array.isArray(items)) throw new Error('the value is no array any more');
    change(items);
    return JSON.stringify(items);
  };

  test.each([
    ['nothing', undefined],
    ['an empty value', ''],
    ['no JSON', '{'],
    ['another shape', '{"domain":"example.com"}'],
    ['a number', 5],
    ['another version', forged((items) => items.splice(0, 1, 2))],
    ['no domain', forged((items) => items.splice(1, 1, '<!channel>'))],
    ['an unknown mode', forged((items) => items.splice(2, 1, 'Enforce'))],
    ['a negative max_age', forged((items) => items.splice(3, 1, -1))],
    ['a max_age over the maximum', forged((items) => items.splice(3, 1, 31_557_601))],
    ['a max_age with a fraction', forged((items) => items.splice(3, 1, 1.5))],
    ['a pattern that is none', forged((items) => items.splice(4, 1, 'bad_host!'))],
    ['a line smuggled into a pattern', forged((items) => items.splice(4, 1, 'a.example\nmode:\u00a0none'))],
    ['testing without mx', forged((items) => items.splice(4, 1, ''))],
    ['an id that is none', forged((items) => items.splice(5, 1, '; id=x'))],
    ['an id of 33', forged((items) => items.splice(5, 1, 'a'.repeat(33)))],
    ['a rua without a scheme', forged((items) => items.splice(6, 1, 'tls@example.com'))],
    ['a field smuggled into rua', forged((items) => items.splice(6, 1, 'mailto:a@example.com;v=2'))],
    ['no user', forged((items) => items.splice(7, 1, '<!channel>'))],
    ['one item too many', forged((items) => items.push('more'))],
  ])('%s', (_, given) => {
    expect(readRecords({ value: given })).toEqual({
      ok: false,
      problem: { code: 'unreadable', message: expect.stringMatching(/^[A-Z].*\.$/) },
    });
  });

  test('coverage that does not add up is left out', () => {
    const read = readRecords({ value: forged((items) => items.splice(8, 1, [6, 5, 5, 1, 'x'])) });
    expect(read.ok).toBe(false);
  });

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (anyValue, blocks) => {
        expect(readRecords({ value: JSON.stringify(anyValue), blocks }).ok).toBe(false);
      }),
      { numRuns: runs(200, 50_000), seed },
    );
  });

  test('blocks with anything in their boxes', () => {
    const blocks = recordsMessage(records()).blocks;
    fc.assert(
      fc.property(fc.nat(blocks.length - 1), fc.jsonValue(), (at, junk) => {
        readRecords({ blocks: blocks.with(at, { ...blocks[at], elements: junk } as never) });
      }),
      { numRuns: runs(120, 10_000), seed },
    );
  });
});
