/** Which valid choices are called unwise, and that wise ones are not. */
import { describe, expect, test } from 'vitest';
import { type Caution, type Choices, reviewChoices } from '../../src/check/choices.ts';
import type { MxObservation } from '../../src/check/observation.ts';
import type { DomainName, HostName } from '../../src/protocol/domain.ts';
import {
  formatPolicy,
  type Mode,
  type MxPattern,
  type Policy,
  parsePolicy,
} from '../../src/protocol/mtasts.ts';
import type { Rua } from '../../src/protocol/tlsrpt.ts';

const domain = 'example.com' as DomainName;
const rua = ['mailto:tls-reports@example.com'] as unknown as Rua[];

function policy(mode: Mode, mx: string[], maxAgeSeconds = 604_800): Policy {
  return { mode, mx: mx as unknown as MxPattern[], maxAgeSeconds };
}

function live(...hosts: [number, string][]): MxObservation {
  return {
    kind: 'hosts',
    hosts: hosts.map(([preference, host]) => ({ preference, host: host as HostName })),
  };
}

const usual = live([10, 'mx1.example.com'], [20, 'mx2.example.com']);
const both = ['mx1.example.com', 'mx2.example.com'];
const wise: Choices = { domain, policy: policy('testing', both), mx: usual, rua };

function review(change: Partial<Choices>): readonly Caution[] {
  return reviewChoices({ ...wise, ...change });
}

test('nothing is said of wise choices', () => {
  expect(review({})).toEqual([]);
  expect(review({ mx: undefined })).toEqual([]);
  expect(review({ mx: { kind: 'unknown', problem: 'timeout' } })).toEqual([]);
  expect(review({ rua: undefined })).toEqual([]);
  expect(review({ policy: policy('none', [], 86_400), rua: [] })).toEqual([]);
  expect(review({ policy: policy('none', [], 86_400), mx: { kind: 'null-mx' } })).toEqual([]);
  const enforce = policy('enforce', both, 2_592_000);
  expect(review({ policy: enforce, previous: policy('enforce', both) })).toEqual([]);
});

describe('unwise choices', () => {
  test.each<[string, Partial<Choices>, string, Caution['severity'], string]>([
    ['enforce first', { policy: policy('enforce', both) }, 'enforce.too-early', 'warning', 'mode'],
    [
      'enforce after testing, which nobody has looked at yet',
      { policy: policy('enforce', both), previous: policy('testing', both) },
      'enforce.too-early',
      'warning',
      'mode',
    ],
    ['testing without reports', { rua: [] }, 'policy.testing-without-tlsrpt', 'warning', 'rua'],
    ['a long none', { policy: policy('none', [], 31_557_600) }, 'removal.long-none', 'notice', 'max_age'],
    ['no mail', { mx: { kind: 'null-mx' } }, 'mx.null', 'warning', 'example.com'],
    ['parked', { mx: { kind: 'no-mail' } }, 'mx.no-mail-at-all', 'warning', 'example.com'],
    ['not there', { mx: { kind: 'nxdomain' } }, 'mx.no-mail-at-all', 'warning', 'example.com'],
    [
      'no MX record',
      {
        mx: { kind: 'implicit', host: domain },
        policy: policy('testing', ['example.com']),
      },
      'mx.none-implicit',
      'warning',
      'example.com',
    ],
    [
      'a pattern too many',
      { policy: policy('testing', [...both, 'old.example.net']) },
      'mx.pattern-unused',
      'notice',
      'old.example.net',
    ],
    [
      'a host left out',
      { policy: policy('testing', ['mx2.example.com']) },
      'mx.not-covered',
      'warning',
      'mx1.example.com',
    ],
    [
      'the backup left out',
      { policy: policy('testing', ['mx1.example.com']) },
      'mx.backup-not-covered',
      'warning',
      'mx2.example.com',
    ],
    [
      'one of two equal hosts left out',
      {
        policy: policy('testing', ['mx1.example.com']),
        mx: live([10, 'mx1.example.com'], [10, 'mx2.example.com']),
      },
      'mx.not-covered',
      'warning',
      'mx2.example.com',
    ],
    [
      'own wildcard',
      { policy: policy('testing', ['*.example.com']) },
      'mx.pattern-own-wildcard',
      'warning',
      '*.example.com',
    ],
    [
      'top-level domain',
      { policy: policy('testing', [...both, '*.co.uk']) },
      'mx.pattern-public-suffix',
      'error',
      '*.co.uk',
    ],
    [
      'shared zone',
      { policy: policy('testing', [...both, '*.github.io']), mx: undefined },
      'mx.pattern-public-suffix',
      'error',
      '*.github.io',
    ],
    [
      'a pattern that never matches its provider',
      { policy: policy('testing', [...both, '*.mx.microsoft']) },
      'policy.provider-mismatch',
      'error',
      '*.mx.microsoft',
    ],
    [
      'the same, the MX not known',
      { policy: policy('testing', ['*.mx.microsoft']), mx: undefined },
      'policy.provider-mismatch',
      'error',
      '*.mx.microsoft',
    ],
    [
      'an address for an MX',
      {
        mx: {
          ...usual,
          unusable: [{ preference: 30, name: '192.0.2.1', why: 'is an IP address' }],
        } as MxObservation,
      },
      'mx.ip-literal',
      'error',
      '192.0.2.1',
    ],
    [
      'an MX that is no name',
      {
        mx: {
          ...usual,
          unusable: [{ preference: 30, name: 'a_b.example.com', why: 'has an underscore' }],
        } as MxObservation,
      },
      'mx.not-covered',
      'warning',
      'a_b.example.com',
    ],
    [
      'a null MX beside others',
      { mx: { ...usual, unusable: [{ preference: 0, name: '.', why: 'is the null MX' }] } as MxObservation },
      'mx.null',
      'error',
      '.',
    ],
  ])('%s', (_, change, id, severity, subject) => {
    expect(review(change)).toMatchObject([{ id, severity, subject }]);
    expect(review(change)).toMatchSnapshot();
  });

  test('in enforce a host that is left out is an error, and stands first', () => {
    const cautions = review({ policy: policy('enforce', ['mx1.example.com']) });
    expect(cautions.map(({ id, severity }) => [id, severity])).toEqual([
      ['mx.backup-not-covered', 'error'],
      ['enforce.too-early', 'warning'],
    ]);
  });

  test('why the nearest pattern does not match', () => {
    const [caution] = review({
      policy: policy('testing', ['*.mx.microsoft']),
      mx: live([0, 'example-com.h-v1.mx.microsoft']),
    });
    expect(caution).toMatchObject({ id: 'policy.provider-mismatch' });
    const [, missing] = review({
      policy: policy('testing', ['*.mx.microsoft']),
      mx: live([0, 'example-com.h-v1.mx.microsoft']),
    });
    expect(missing?.text).toContain('use *.h-v1.mx.microsoft');
  });

  test('what the parser advises is said too, once', () => {
    for (const maxAgeSeconds of [0, 3600]) {
      const short = policy('testing', both, maxAgeSeconds);
      const { advice } = parsePolicy(formatPolicy(short));
      expect(review({ policy: short }).map(({ id }) => id)).toEqual(advice.map(({ id }) => id));
    }
    expect(review({ policy: policy('none', both, 0) })).toEqual([]);
    const ids = review({ policy: policy('none', both, 31_557_600) }).map(({ id }) => id);
    expect(ids).toEqual(['removal.long-none']);
  });
});

test('no text repeats what is commonly said wrongly', () => {
  const everything = [
    ...review({ policy: policy('enforce', ['*.com', '*.mx.microsoft', '*.example.com'], 0), mx: usual }),
    ...review({ rua: [], mx: { kind: 'null-mx' } }),
  ];
  for (const { text, remedy, title } of everything) {
    expect(`${title} ${text} ${remedy}`).not.toMatch(/receiv|please|minimum/i);
    expect(text).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
});
