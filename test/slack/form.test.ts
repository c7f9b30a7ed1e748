/** What may happen to the form before it is submitted. */
import { describe, expect, test } from 'vitest';
import {
  blankForm,
  editForm,
  type Form,
  hostsOf,
  offersOf,
  startLookup,
  unseenDomain,
  useHere,
  useOffer,
  withLookup,
} from '../../src/slack/form.ts';
import type { Records } from '../../src/slack/records.ts';
import { submitForm } from '../../src/slack/submission.ts';
import { alice, answer, domainName, google, lookedUp, mxOf, now, origin } from './slack-world.ts';

const googleMx = mxOf(...google);

describe('the answer of DNS', () => {
  test('fills a field that was not shown yet, under a fresh block_id', () => {
    const waiting = blankForm(origin, domainName('example.com'));
    expect(waiting.mx).toBeUndefined();
    const filled = withLookup(waiting, answer('example.com', googleMx));
    expect(filled.mx).toBe(google.join('\n'));
    expect(filled.mxFill).toBe(waiting.mxFill + 1);
  });

  test.each([
    ['nothing typed', ''],
    ['something typed', 'mx1.example.com'],
  ])('never replaces a field that was shown: %s', (_, typed) => {
    const shown: Form = { ...blankForm(origin), domain: 'example.com', mx: typed };
    const after = withLookup(shown, answer('example.com', googleMx));
    expect([after.mx, after.mxFill]).toEqual([typed, shown.mxFill]);
    expect(offersOf(after.lookup)?.tight).toEqual(google);
  });

  test('that is slow shows the empty field; the answer after it only offers', () => {
    const slow = withLookup(blankForm(origin, domainName('example.com')), {
      kind: 'slow',
      domain: domainName('example.com'),
    });
    expect(slow.mx).toBe('');
    const late = withLookup(slow, answer('example.com', googleMx));
    expect([late.mx, late.mxFill]).toEqual(['', slow.mxFill]);
  });

  test.each([
    ['null MX', { kind: 'null-mx' }],
    ['no mail', { kind: 'no-mail' }],
    ['no such domain', { kind: 'nxdomain' }],
    ['no answer', { kind: 'unknown', problem: 'timeout' }],
  ] as const)('without hosts shows the empty field: %s', (_, mx) => {
    const form = lookedUp('example.com', mx);
    expect(form.mx).toBe('');
    expect(offersOf(form.lookup)).toBeUndefined();
  });

  test('of an implicit MX is the domain itself', () => {
    const form = lookedUp('example.com', { kind: 'implicit', host: domainName('example.com') });
    expect(form.mx).toBe('example.com');
  });

  test('is read in the order in which senders try the hosts', () => {
    const mx = mxOf('a.example', 'b.example');
    const turned = mx.kind === 'hosts' ? { ...mx, hosts: mx.hosts.toReversed() } : mx;
    expect(hostsOf(turned)).toEqual(['a.example', 'b.example']);
  });

  test('of more hosts than the field takes fills whole lines', () => {
    const many = Array.from({ length: 200 }, (_, at) => `mx${at}.mail.example.com`);
    const { mx } = lookedUp('example.com', mxOf(...many));
    expect(mx?.length).toBeLessThanOrEqual(3000);
    expect(many).toContain(mx?.split('\n').at(-1));
  });
});

describe('Look up', () => {
  test('asks for the typed domain; an empty field gives way to the fill', () => {
    const started = startLookup({ ...blankForm(origin), domain: ' https://Example.com/ ', mx: ' \n' });
    expect(started.domain).toBe('example.com');
    expect(started.form).toMatchObject({ mx: undefined, lookup: { kind: 'running', domain: 'example.com' } });
  });

  test('keeps what is in the field', () => {
    const started = startLookup({ ...blankForm(origin), domain: 'example.com', mx: 'mx9.example.com' });
    expect(started.form.mx).toBe('mx9.example.com');
  });

  test.each([
    ['', 'Type the domain first.'],
    ['  ', 'Type the domain first.'],
    ['exa_mple.com', expect.stringContaining('underscore')],
  ])('of %j says what is wrong and asks nothing', (domain, message) => {
    const started = startLookup({ ...blankForm(origin), domain });
    expect(started.domain).toBeUndefined();
    expect(started.form).toMatchObject({ domain, mx: '', lookup: { kind: 'refused', message } });
  });
});

describe('an offer', () => {
  const form = lookedUp('example.com', googleMx);
  const vendor = offersOf(form.lookup)?.vendor?.join('\n') ?? 'no offer';

  test('of the vendor takes the place of the hosts by name', () => {
    const taken = useOffer(form, 'vendor');
    expect(taken.mx).toBe(vendor);
    expect(taken.mxFill).toBe(form.mxFill + 1);
  });

  test('can be taken back', () => {
    expect(useOffer(useOffer(form, 'vendor'), 'tight').mx).toBe(form.mx);
  });

  test.each([
    ['before', `mx9.example.com\n${google.join('\n')}`, `mx9.example.com\n${vendor}`],
    ['after', `${google.join('\n')}\nmx9.example.com`, `${vendor}\nmx9.example.com`],
    ['between', `${google[0]}\nmx9.example.com\n${google[1]}`, `${vendor}\nmx9.example.com`],
    ['in other letters and with a dot', `${google[0]?.toUpperCase()}.\nbad host!`, `${vendor}\nbad host!`],
    ['alone', 'mx9.example.com', `mx9.example.com\n${vendor}`],
    ['nowhere', '', vendor],
  ])('leaves typed lines alone: %s', (_, mx, expected) => {
    expect(useOffer({ ...form, mx }, 'vendor').mx).toBe(expected);
  });

  test('taken twice changes nothing more', () => {
    expect(useOffer(useOffer(form, 'vendor'), 'vendor').mx).toBe(vendor);
  });

  test('that there is not leaves the form as it is', () => {
    const none = blankForm(origin);
    expect(useOffer(none, 'tight')).toBe(none);
    const tightOnly = lookedUp('example.com', mxOf('mx1.example.com'));
    expect(useOffer(tightOnly, 'vendor')).toBe(tightOnly);
  });
});

test('"Post in this conversation" selects where the command was typed, under a fresh block_id', () => {
  const form = blankForm(origin);
  expect(useHere(form)).toMatchObject({ conversation: 'C0GENERAL', conversationFill: 1 });
  const nowhere = blankForm({ at: 0 });
  expect(useHere(nowhere)).toBe(nowhere);
});

test.each([
  ['no lookup yet', blankForm(origin), 'example.com', 'example.com'],
  ['a lookup of it', lookedUp('example.com', googleMx), 'Example.com.', undefined],
  ['a lookup of another', lookedUp('example.com', googleMx), 'example.org', 'example.org'],
  ['unreadable', blankForm(origin), 'exa mple', undefined],
] as const)('the domain that was not looked up: %s', (_, form, domain, expected) => {
  expect(unseenDomain({ ...form, domain })).toBe(expected);
});

describe('Edit', () => {
  const made = submitForm(
    { ...lookedUp('example.com', googleMx), rua: 'tls@example.com' },
    { askedBy: alice, now },
  );
  const records: Records | undefined = made.kind === 'publication' ? made.records : undefined;
  const later = { askedBy: alice, now: new Date(now.getTime() + 86_400_000) };

  test('fills the form with what was generated', () => {
    expect(records && editForm(records, origin)).toMatchObject({
      domain: 'example.com',
      mx: google.join('\n'),
      mode: 'testing',
      maxAge: '604800',
      rua: 'mailto:tls@example.com',
      lookup: { kind: 'running', domain: 'example.com' },
    });
  });

  test('keeps the id of an unchanged policy, and gives a changed one a new id', () => {
    if (records === undefined) throw new Error('no records');
    const same = submitForm({ ...editForm(records, origin), rua: '' }, later);
    expect(same.kind === 'publication' && same.records.id).toBe(records.id);
    const other = submitForm({ ...editForm(records, origin), maxAge: '86400' }, later);
    expect(other.kind === 'publication' && other.records.id).not.toBe(records.id);
    expect(other.kind).toBe('publication');
  });

  test('shows a max_age of its own as seconds', () => {
    if (records === undefined) throw new Error('no records');
    const odd = { ...records, policy: { ...records.policy, maxAgeSeconds: 1_209_600 } };
    expect(editForm(odd, origin)).toMatchObject({ maxAge: 'other', ownSeconds: '1209600' });
  });
});
