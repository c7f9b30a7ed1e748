/** Who runs which MX, which patterns are offered, and why a pattern does not match. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostName } from '../../src/protocol/domain.ts';
import { type MxPattern, matches, parseMxPattern } from '../../src/protocol/mtasts.ts';
import { type ProviderRow, providerRows } from '../../src/protocol/provider-data.ts';
import { coverage, isTooBroad, loadProviders, offerMx, trapOf } from '../../src/protocol/providers.ts';
import { runs, seed } from '../runs.ts';

const hosts = (...names: string[]) => names as HostName[];
const patterns = (...names: string[]) => names as MxPattern[];

const google = hosts(
  'aspmx.l.google.com',
  'alt1.aspmx.l.google.com',
  'alt2.aspmx.l.google.com',
  'alt3.aspmx.l.google.com',
  'alt4.aspmx.l.google.com',
);

describe('the table', () => {
  const sound: ProviderRow = {
    id: 'sound',
    name: 'Sound',
    confidence: 'confirmed',
    suffixes: ['mx.example.net'],
    vendor: ['*.mx.example.net'],
  };

  test('loads', () => {
    expect(loadProviders(providerRows)).toHaveLength(providerRows.length);
    expect(loadProviders([sound])).toHaveLength(1);
  });

  test.each<[string, Partial<ProviderRow>]>([
    ['prose for a pattern', { vendor: ['{each MX host exactly}'] }],
    ['prose behind a pattern', { vendor: ['*.mx.example.net (or .eu.)'] }],
    ['a placeholder', { vendor: ['*.{zone}.mx.example.net'] }],
    ['a wildcard inside a label', { vendor: ['mx*.example.net'] }],
    ['a final dot', { vendor: ['*.mx.example.net.'] }],
    ['an address', { vendor: ['192.0.2.1'] }],
    ['a pattern that anybody can match', { vendor: ['*.com'] }],
    ['a pattern that its own trap forbids', { traps: [{ pattern: '*.mx.example.net', why: 'so' }] }],
    ['a trap that is no pattern', { traps: [{ pattern: 'all of them', why: 'so' }] }],
    ['a suffix that is no name', { suffixes: ['.'] }],
    ['a suffix with a wildcard', { suffixes: ['*.example.net'] }],
    ['patterns of a provider that is only inferred', { confidence: 'inferred' }],
    ['derived patterns of a provider that is only inferred', { confidence: 'inferred', vendor: 'derive' }],
  ])('refuses %s', (_, change) => {
    expect(() => loadProviders([{ ...sound, ...change }])).toThrow(/^provider sound: /);
  });

  test('ids and suffixes are unique', () => {
    const suffixes = providerRows.flatMap((row) => row.suffixes);
    expect(new Set(suffixes).size).toBe(suffixes.length);
    expect(new Set(providerRows.map(({ id }) => id)).size).toBe(providerRows.length);
  });
});

describe('detection', () => {
  test.each([
    ['aspmx.l.google.com', 'google-legacy'],
    ['aspmx2.googlemail.com', 'google-legacy'],
    ['smtp.google.com', 'google-new'],
    ['mx1.smtp.goog', 'google-smtpgoog'],
    ['alt1.gmail-smtp-in.l.google.com', 'gmail-consumer'],
    ['contoso-com.mail.protection.outlook.com', 'm365-legacy'],
    ['live-com.olc.protection.outlook.com', 'outlook-consumer'],
    ['contoso-com.h-v1.mx.microsoft', 'm365-mx-microsoft'],
    ['mx0a-001b2d01.pphosted.com', 'proofpoint-pps'],
    ['mxa-000c7201.gslb.pphosted.com', 'proofpoint-pps'],
    ['mx1-us1.ppe-hosted.com', 'proofpoint-essentials'],
    ['eu-smtp-inbound-1.mimecast.com', 'mimecast'],
    ['d12345a.ess.de.barracudanetworks.com', 'barracuda'],
    ['mx1.hc1234-56.iphmx.com', 'cisco-iphmx'],
    ['cluster1.us.messagelabs.com', 'symantec'],
    ['mx.zoho.eu', 'zoho'],
    ['in1-smtp.messagingengine.com', 'fastmail'],
    ['mx01.mail.icloud.com', 'icloud'],
    ['inbound-smtp.us-east-1.amazonaws.com', 'ses-inbound'],
    ['ec2-192-0-2-1.compute-1.amazonaws.com', undefined],
    ['route1.mx.cloudflare.net', 'cloudflare-routing'],
    ['mx1.mail.ovh.net', 'ovh'],
    ['notmx.microsoft.example.com', undefined],
    ['evilmx.microsoft', undefined],
    ['mail.example.com', undefined],
    ['fakeaspmx.l.google.com', undefined],
  ])('%s: %s', (host, id) => {
    expect(offerMx(hosts(host)).provider?.id).toBe(id);
  });

  test('who runs most hosts is named, of equals the first', () => {
    const { provider } = offerMx(hosts('mx.zoho.com', 'aspmx1.migadu.com', 'aspmx2.migadu.com'));
    expect(provider?.id).toBe('migadu');
    expect(offerMx(hosts('mx.zoho.com', 'aspmx1.migadu.com')).provider?.id).toBe('zoho');
  });

  test('of an inferred provider nothing is promised', () => {
    const { provider, vendor } = offerMx(hosts('mx1-us1.ppe-hosted.com'));
    expect(provider?.note).toMatch(/^It is not known /);
    expect(vendor).toBeUndefined();
    for (const { row, provider } of loadProviders(providerRows)) {
      if (row.confidence === 'inferred') expect(provider.note).toContain('not known');
    }
  });
});

describe('offers', () => {
  test('Google: five hosts, or two lines', () => {
    expect(offerMx(google)).toMatchObject({
      tight: google,
      vendor: ['aspmx.l.google.com', '*.aspmx.l.google.com'],
      unusable: [],
    });
  });

  test('Google with the old names', () => {
    const { vendor } = offerMx(hosts(...google, 'aspmx2.googlemail.com', 'aspmx3.googlemail.com'));
    expect(vendor).toEqual(['aspmx.l.google.com', '*.aspmx.l.google.com', '*.googlemail.com']);
  });

  test('only what the live hosts need', () => {
    expect(offerMx(hosts('alt1.aspmx.l.google.com')).vendor).toEqual(['*.aspmx.l.google.com']);
    expect(offerMx(hosts('aspmx.l.google.com')).vendor).toBeUndefined();
    expect(offerMx(hosts('smtp.google.com')).vendor).toBeUndefined();
  });

  test('Microsoft: derived from the host, never *.mx.microsoft', () => {
    expect(offerMx(hosts('x.h-v1.mx.microsoft'))).toMatchObject({
      tight: ['x.h-v1.mx.microsoft'],
      vendor: ['*.h-v1.mx.microsoft'],
    });
    expect(offerMx(hosts('x.mx.microsoft')).vendor).toBeUndefined();
    expect(offerMx(hosts('a.b.h-v1.mx.microsoft')).vendor).toEqual(['*.b.h-v1.mx.microsoft']);
  });

  test('the move from one Microsoft name to the other: the other provider stays exact', () => {
    const { provider, vendor } = offerMx(
      hosts('x-com.h-v1.mx.microsoft', 'x-com.mail.protection.outlook.com'),
    );
    expect(provider?.id).toBe('m365-mx-microsoft');
    expect(vendor).toEqual(['*.h-v1.mx.microsoft', 'x-com.mail.protection.outlook.com']);
  });

  test('hosts of nobody known stay exact beside a pattern', () => {
    const { vendor } = offerMx(hosts('x.mail.protection.outlook.com', 'backup.example.com'));
    expect(vendor).toEqual(['*.mail.protection.outlook.com', 'backup.example.com']);
  });

  test('a pattern that leaves one of the hosts out is not offered', () => {
    const { vendor } = offerMx(hosts('a.mail.protection.outlook.com', 'b.c.mail.protection.outlook.com'));
    expect(vendor).toBeUndefined();
  });

  test('an MX that no policy can list is named with the reason', () => {
    const { tight, unusable } = offerMx(hosts('192.0.2.1', 'mail_1.example.com', 'mx1.example.com'));
    expect(tight).toEqual(['mx1.example.com']);
    expect(unusable.map(({ host }) => host)).toEqual(['192.0.2.1', 'mail_1.example.com']);
    for (const { why } of unusable) expect(why).toMatch(/\.$/);
  });

  test('nothing of nothing, and each host once', () => {
    expect(offerMx([])).toEqual({ tight: [], unusable: [] });
    expect(offerMx(hosts('mx.example.com', 'mx.example.com')).tight).toEqual(['mx.example.com']);
  });

  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
  const suffix = fc.constantFrom(...providerRows.flatMap(({ suffixes }) => suffixes), 'example.com');
  const anyHost = fc
    .tuple(fc.array(label, { maxLength: 3 }), suffix)
    .map(([labels, end]) => [...labels, end].join('.') as HostName);

  test('whatever is offered is a pattern, matches every host, and is no trap and not too broad', () => {
    fc.assert(
      fc.property(fc.array(anyHost, { maxLength: 6 }), (live) => {
        const { tight, vendor = tight } = offerMx(live);
        for (const host of live) {
          expect(tight.some((pattern) => matches(pattern, host))).toBe(true);
          expect(vendor.some((pattern) => matches(pattern, host))).toBe(true);
        }
        for (const pattern of vendor) {
          expect(parseMxPattern(pattern)).toEqual({ ok: true, value: pattern });
          expect(live.some((host) => matches(pattern, host))).toBe(true);
          expect(isTooBroad(pattern)).toBe(false);
          expect(pattern).not.toBe('*.mx.microsoft');
        }
      }),
      { seed, numRuns: runs(500, 50_000) },
    );
  });
});

describe('traps', () => {
  test.each<[string, string[], string | undefined]>([
    ['*.mx.microsoft', [], 'm365-mx-microsoft'],
    ['*.mx.microsoft', ['x.h-v1.mx.microsoft'], 'm365-mx-microsoft'],
    ['*.google.com', ['aspmx.l.google.com'], 'google-legacy'],
    ['*.google.com', ['smtp.google.com'], undefined],
    ['*.google.com', [], undefined],
    ['*.gmail.com', [], 'google-legacy'],
    ['*.smtp.google.com', ['smtp.google.com'], 'google-new'],
    ['*.amazonaws.com', [], 'ses-inbound'],
    ['mout.kundenserver.de', [], 'ionos'],
    ['mx.example.com', [], undefined],
  ])('%s with the MX %j: %s', (pattern, live, id) => {
    expect(trapOf(pattern as MxPattern, hosts(...live))?.provider.id).toBe(id);
  });
});

test.each([
  ['*.com', true],
  ['*.co.uk', true],
  ['*.github.io', true],
  ['*.test', true],
  ['*.example.com', false],
  ['*.example.co.uk', false],
  ['*.project.github.io', false],
  ['com', false],
  ['*.mail.protection.outlook.com', false],
])('strangers can have names under %s: %s', (pattern, broad) => {
  expect(isTooBroad(pattern as MxPattern)).toBe(broad);
});

describe('coverage', () => {
  test.each([
    [
      '*.mx.microsoft',
      'x.h-v1.mx.microsoft',
      'two labels stand before mx.microsoft, and * is exactly one; use *.h-v1.mx.microsoft',
    ],
    [
      '*.example.com',
      'example.com',
      '* stands for one label, so *.example.com does not match example.com itself; add example.com',
    ],
    [
      '*.example.com',
      'a.b.c.example.com',
      'three labels stand before example.com, and * is exactly one; use *.b.c.example.com',
    ],
    [
      'example.com',
      'mx.example.com',
      'example.com means that one host and no name below it; add mx.example.com',
    ],
    ['mx1.exmaple.com', 'mx1.example.com', 'the spelling differs; write mx1.example.com'],
    ['mx1.example.com', 'mx2.example.com', 'only example.com is the same; add mx2.example.com'],
    [
      'mx1.mail.example.com',
      'mx7.post.example.com',
      'only example.com is the same; add mx7.post.example.com',
    ],
    ['*.mail.example.com', 'mx7.post.example.com', 'only example.com is the same; add mx7.post.example.com'],
    ['mx.other.net', 'mx1.example.com', undefined],
    ['*.com', 'a.b.com', undefined],
  ])('%s and %s', (pattern, host, why) => {
    const { byHost, unused } = coverage(patterns(pattern), hosts(host));
    expect(byHost[0]?.nearest?.why).toBe(why);
    expect(byHost[0]?.pattern).toBeUndefined();
    expect(unused).toEqual([pattern]);
  });

  test('the first match, the nearest of several, and what is unused', () => {
    expect(
      coverage(
        patterns(
          '*.example.com',
          'mx1.example.com',
          'old.example.net',
          '*.h-v2.mx.microsoft',
          '*.mx.microsoft',
        ),
        hosts('mx1.example.com', 'x.h-v1.mx.microsoft'),
      ),
    ).toEqual({
      byHost: [
        { host: 'mx1.example.com', pattern: '*.example.com' },
        {
          host: 'x.h-v1.mx.microsoft',
          nearest: {
            pattern: '*.mx.microsoft',
            why: 'two labels stand before mx.microsoft, and * is exactly one; use *.h-v1.mx.microsoft',
          },
        },
      ],
      unused: ['old.example.net', '*.h-v2.mx.microsoft', '*.mx.microsoft'],
    });
  });
});
