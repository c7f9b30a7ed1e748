/** The form travels through Slack's view and comes back; what is forged or stale gives a usable form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkView } from '../../src/local/slack/block-kit.ts';
import { policyModal } from '../../src/slack/blocks/policy-modal.ts';
import { blankForm, type Form, type Lookup } from '../../src/slack/form.ts';
import { formMetadata, metadataCharsMax, readForm } from '../../src/slack/form-state.ts';
import { submitForm } from '../../src/slack/submission.ts';
import { runs, seed } from '../runs.ts';
import { alice, answer, domainName, google, lookedUp, mxOf, now, origin, sentBack } from './slack-world.ts';

describe('comes back as it was', () => {
  const googleForm = lookedUp('example.com', mxOf(...google));
  const lookups: readonly Lookup[] = [
    { kind: 'none' },
    { kind: 'running', domain: domainName('example.com') },
    { kind: 'slow', domain: domainName('example.com') },
    { kind: 'failed', domain: domainName('example.com'), problem: 'timeout' },
    { kind: 'failed', domain: domainName('example.com'), problem: 'servfail' },
    answer('example.com', mxOf('mx1.example.com', 'mx2.example.com')),
    answer('example.com', {
      kind: 'hosts',
      hosts: [{ preference: 10, host: domainName('mx1.example.com') }],
      unusable: [{ preference: 20, name: '192.0.2.1', why: 'is an IP address' }],
      omitted: 3,
    }),
    answer('example.com', { kind: 'implicit', host: domainName('example.com') }),
    answer('example.com', { kind: 'null-mx' }),
    answer('example.com', { kind: 'no-mail' }),
    answer('example.com', { kind: 'nxdomain' }),
  ];

  test.each([
    ['empty', blankForm(origin)],
    ['without a place', blankForm({ at: 0 })],
    ['waiting for DNS', blankForm(origin, domainName('example.com'))],
    ['filled from DNS', googleForm],
    [
      'with everything',
      {
        ...googleForm,
        mode: 'enforce',
        maxAge: 'other',
        ownSeconds: '1209600',
        rua: 'tls@example.com',
        conversation: 'C0MAILOPS',
        conversationFill: 3,
        mxFill: 7,
      },
    ],
    ['with wrong texts', { ...googleForm, domain: 'exa mple', mx: 'bad host!\n\n <!channel>', rua: '???' }],
    [
      'edited',
      {
        ...googleForm,
        previous: { id: '20261123T161500Zabcd', bodyDigest: '0123456789abcdef', mode: 'enforce' },
      },
    ],
    ...lookups.map(
      (lookup) =>
        [`lookup: ${JSON.stringify(lookup).slice(0, 80)}`, { ...blankForm(origin), lookup }] as const,
    ),
  ] as const satisfies readonly (readonly [string, Form])[])('%s', (_, form) => {
    expect(readForm(sentBack(policyModal(form)))).toEqual(form);
  });
});

test('a lookup that is refused is told once and then forgotten', () => {
  const form: Form = { ...blankForm(origin), domain: 'x', lookup: { kind: 'refused', message: 'No.' } };
  expect(readForm(sentBack(policyModal(form))).lookup).toEqual({ kind: 'none' });
});

describe('private_metadata', () => {
  const long = (at: number) => `${'a'.repeat(60)}.${'b'.repeat(60)}.${String(at).padStart(60, 'c')}.example`;

  test.each([1, 5, 11, 20, 100, 1000])(
    'of a lookup of %i long names fits, and counts what it leaves out',
    (count) => {
      const mx = mxOf(...Array.from({ length: count }, (_, at) => long(at)));
      const metadata = formMetadata({ ...blankForm(origin), lookup: answer('example.com', mx) });
      expect(metadata.length).toBeLessThanOrEqual(metadataCharsMax);
      const { lookup } = readForm({ private_metadata: metadata, state: { values: {} } });
      if (lookup.kind !== 'done' || lookup.mx.kind !== 'hosts') throw new Error('the lookup is lost');
      expect(lookup.mx.hosts.length + (lookup.mx.omitted ?? 0)).toBe(count);
      expect(lookup.mx.hosts.length).toBeGreaterThan(0);
    },
  );

  test('leaves an endless response_url out', () => {
    const form = blankForm({ at: 1, responseUrl: `https://hooks.slack.com/${'x'.repeat(5000)}` });
    expect(formMetadata(form).length).toBeLessThan(100);
  });
});

describe('whatever comes back gives a form that can be drawn and submitted', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'view'],
    ['an empty object', {}],
    ['metadata that is no JSON', { private_metadata: '{', state: { values: {} } }],
    ['metadata of another shape', { private_metadata: '[1,2]', state: { values: {} } }],
    ['metadata of a later version', { private_metadata: '{"o":{"a":"later"},"l":{"k":"new"}}' }],
    [
      'a lookup of no domain',
      { private_metadata: '{"o":{"a":1},"l":{"k":"running","d":"<!channel>"},"f":[0,0]}' },
    ],
    ['a conversation that is none', { private_metadata: '{"o":{"a":1,"c":"<!here>"},"f":[0,0]}' }],
    ['a state without values', { private_metadata: '', state: {} }],
    [
      'values of other types',
      {
        state: {
          values: {
            domain: { 'form.domain': { value: 5 } },
            'mx.0': 'x',
            mode: { 'form.mode': { selected_option: 'x' } },
          },
        },
      },
    ],
    [
      'an unknown mode and max_age',
      {
        state: {
          values: {
            mode: { 'form.mode': { selected_option: { value: 'Enforce' } } },
            max_age: { 'form.max_age': { selected_option: { value: '-1' } } },
          },
        },
      },
    ],
    [
      'a tick without cautions',
      { state: { values: { 'accept.abc': { 'form.accept': { selected_options: [{}] } } } } },
    ],
  ])('%s', (_, view) => {
    const form = readForm(view);
    expect(checkView(policyModal(form))).toEqual([]);
    expect(['errors', 'ask', 'publication']).toContain(submitForm(form, { askedBy: alice, now }).kind);
  });

  test.each([
    ['https://hooks.slack.com/commands/1/2/3', true],
    ['https://hooks.slack-gov.com/commands/1/2/3', true],
    ['http://127.0.0.1:4390/response/1', true],
    ['http://localhost:4390/response/1', true],
    ['http://hooks.slack.com/commands/1/2/3', false],
    ['https://hooks.slack.com.example.com/', false],
    ['https://notslack.com/', false],
    ['http://192.0.2.1/', false],
    ['file:///etc/passwd', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('an answer goes to Slack alone: %s', (responseUrl, kept) => {
    const view = { private_metadata: JSON.stringify({ o: { r: responseUrl, a: 1 }, f: [0, 0] }) };
    expect(readForm(view).origin.responseUrl === responseUrl).toBe(kept);
  });

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (view, metadata) => {
        readForm(view);
        expect(checkView(policyModal(readForm({ private_metadata: metadata, state: view })))).toEqual([]);
      }),
      { numRuns: runs(300, 30_000), seed },
    );
  });

  test('any metadata of the right outline', () => {
    const anything = fc.jsonValue({ maxDepth: 2 });
    const outline = fc.record(
      {
        o: fc.record({ c: anything, r: anything, a: anything }, { requiredKeys: [] }),
        l: fc.record(
          {
            k: fc.constantFrom('running', 'done', 'failed', 'slow'),
            d: fc.constantFrom('example.com', 'x'),
            a: anything,
            t: anything,
            p: anything,
          },
          { requiredKeys: [] },
        ),
        p: anything,
        f: fc.oneof(anything, fc.tuple(fc.integer(), fc.integer())),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(outline, (metadata) => {
        const form = readForm({ private_metadata: JSON.stringify(metadata), state: { values: {} } });
        expect(checkView(policyModal(form))).toEqual([]);
      }),
      { numRuns: runs(500, 50_000), seed },
    );
  });
});
