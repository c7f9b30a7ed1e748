/** The largest form that can be submitted still makes a message that Slack takes and buttons that work. */
import { describe, expect, test } from 'vitest';
import { checkMessage, checkView } from '../../../src/local/slack/block-kit.ts';
import { policyModal } from '../../../src/slack/blocks/policy-modal.ts';
import { recordsMessage } from '../../../src/slack/blocks/records-message.ts';
import { shareModal } from '../../../src/slack/blocks/share-modal.ts';
import { blankForm, editForm, type Form, mxCharsMax } from '../../../src/slack/form.ts';
import { type Records, readRecords, recordsValue } from '../../../src/slack/records.ts';
import { submitForm } from '../../../src/slack/submission.ts';
import { alice, answer, mxOf, now, origin } from '../slack-world.ts';

/** As many different names of `length` characters as the field takes. */
function fullField(length: number, separator: string): string {
  const names: string[] = [];
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  for (let at = 0; ; at += 1) {
    const digits = at.toString(36).padStart(length > 6 ? 4 : Math.min(length, 2), '0');
    const tail = length > 6 ? `.${'x'.repeat(Math.min(40, length - 9))}.com` : '';
    const name = `${digits}${tail}`;
    if (`${names.join(separator)}${separator}${name}`.length > mxCharsMax || at > letters.length ** 2)
      return names.join(separator);
    names.push(name);
  }
}

const longDomain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}.com`;
const longRua = Array.from(
  { length: 15 },
  (_, at) => `https://reports${at}.example.com/${'r'.repeat(30)}`,
).join(',');

function made(form: Form): Records {
  let submission = submitForm(form, { askedBy: alice, now });
  if (submission.kind === 'ask') {
    const { form: again } = submission;
    const digest = policyModal(again)
      .blocks.map(({ block_id }) => block_id?.match(/^accept\.(.*)$/)?.[1])
      .find(Boolean);
    submission = submitForm(
      { ...again, asked: { digest: digest ?? '', accepted: true } },
      { askedBy: alice, now },
    );
  }
  if (submission.kind !== 'publication') throw new Error(JSON.stringify(submission).slice(0, 500));
  return submission.records;
}

describe.each([
  ['two letters a name', fullField(2, '\n')],
  ['two letters a name, commas between', fullField(2, ',')],
  ['usual names', fullField(24, '\n')],
  ['names of 44', fullField(50, '\n')],
])('%s', (_, mx) => {
  test.each([
    ['a short domain', 'example.com', ''],
    ['the longest domain and many addresses', longDomain, longRua],
  ])('%s', (_name, domain, rua) => {
    const hosts = Array.from({ length: 40 }, (_host, at) => `mx${at}.${'e'.repeat(50)}.example`);
    const records = made({
      ...blankForm(origin),
      domain,
      mx,
      rua,
      lookup: answer('example.com', mxOf(...hosts)),
    });
    const message = recordsMessage(records, { sharedBy: 'U0BOB' });
    expect(checkMessage(message)).toEqual([]);
    expect(checkView(shareModal(records))).toEqual([]);
    expect(checkView(policyModal(editForm(records, origin)))).toEqual([]);
    expect(readRecords({ blocks: message.blocks })).toEqual({ ok: true, value: records });
    if (message.selfContained) expect(recordsValue(records)).toBeDefined();
  });
});

test('the text alone holds the whole answer', () => {
  const records = made({
    ...blankForm(origin),
    domain: 'example.com',
    mx: fullField(24, '\n'),
    rua: 'tls@example.com',
  });
  const { text } = recordsMessage(records);
  for (const host of records.policy.mx) expect(text).toContain(`mx: ${host}\n`);
  expect(text).toContain(`v=STSv1; id=${records.id};`);
  expect(text).toContain('v=TLSRPTv1; rua=mailto:tls@example.com');
  expect(text.length).toBeLessThan(40_000);
});
