/**
 * Cases that real servers showed (Unbound, Knot, nginx, Postfix) and the RFCs decide, each told wrongly once: what
 * is raised, and the remedy that really mends it.
 */
import { describe, expect, test } from 'vitest';
import type { CertificateObservation, Observation, TlsaRecord } from '../../../src/check/observation.ts';
import { createReport } from '../../../src/check/report.ts';
import {
  answer,
  certificate,
  domain,
  failed,
  healthy,
  healthyRecord,
  healthyTlsRpt,
  session,
  testing,
  tls,
  txt,
} from '../observations.ts';
import { withMx1, withTlsa } from './smallest-changes-mx.ts';
import { withCertificate, withHost, withRecord, withResult, withTlsRpt } from './smallest-changes-record.ts';

const recordName = `_mta-sts.${domain}`;
const hostName = `mta-sts.${domain}`;
const mx1 = 'mx1.example.com';

function findingsOf(observation: Observation) {
  return createReport(observation).findings;
}

const idsOf = (observation: Observation) => findingsOf(observation).map(({ id }) => id);

/** What is told of this id; fails where it is not told once. */
function finding(id: string, observation: Observation) {
  const all = findingsOf(observation).filter((one) => one.id === id);
  expect(findingsOf(observation).map((one) => one.id)).toContain(id);
  expect(all).toHaveLength(1);
  return all[0];
}

describe('an alias in a circle', () => {
  const circle = {
    nameServer: 'ns1.example.net',
    address: '192.0.2.1',
    lookup: answer<never>(recordName, [], { aliases: [`b.${domain}`, recordName], aliasLoop: true }),
  };
  // Unbound and BIND answer SERVFAIL; the servers of the zone show the circle.
  const seen = withRecord({ lookup: failed(recordName, 'servfail'), authoritative: [circle] });

  test('is told as that where the resolver only fails', () => {
    expect(idsOf(seen).filter((id) => id.startsWith('txt.'))).toEqual(['txt.cname-loop']);
    expect(finding('txt.cname-loop', seen)?.detail).toContain(`${recordName} → b.${domain} → ${recordName}`);
    expect(createReport(seen).verdict).toBe('broken');
  });
});

describe('the TTL', () => {
  const reports = (ttlSeconds: number, ownTtlSeconds?: number) =>
    withTlsRpt({
      lookup: { ...txt(`_smtp._tls.${domain}`, healthyTlsRpt), ttlSeconds },
      ...(ownTtlSeconds === undefined ? {} : { ownTtlSeconds }),
    });

  test('of the reports is that of the zone: a resolver counts down', () => {
    expect(idsOf(reports(12, 3600))).toEqual([]);
    expect(idsOf(reports(12, 60))).toEqual(['rpt.ttl-short']);
    expect(finding('rpt.ttl-short', reports(12, 60))?.detail).toContain('60 seconds');
  });

  test('of the reports is not judged where the zone was not asked', () => {
    const { findings, skipped } = createReport(reports(12));
    expect(findings).toEqual([]);
    expect(skipped.map(({ id }) => id)).toContain('rpt.ttl-short');
  });

  const record = (cached: number, own: number | undefined) =>
    withRecord({
      lookup: { ...txt(recordName, healthyRecord), ttlSeconds: cached },
      authoritative: healthy.record.authoritative.map((server) => {
        const { ttlSeconds: _, ...lookup } = txt(recordName, healthyRecord);
        return { ...server, lookup: own === undefined ? lookup : { ...lookup, ttlSeconds: own } };
      }),
    });

  test('of the record is that of the zone, also where a resolver still keeps a longer one', () => {
    expect(idsOf(record(172_000, 3600))).toEqual([]);
    expect(idsOf(record(50, 604_800))).toEqual(['txt.ttl-long']);
    expect(idsOf(record(172_000, undefined))).toEqual(['txt.ttl-long']);
  });
});

describe('a slow policy', () => {
  const timed = (connectMs: number, totalMs: number): Observation =>
    withHost({
      fetches: healthy.policyHost.fetches.map((fetch) => ({
        ...fetch,
        timings: { connectMs, tlsMs: 2 * connectMs, firstByteMs: totalMs - 1, totalMs },
      })),
    });

  test.each<[what: string, connectMs: number, totalMs: number, slow: boolean]>([
    ['a server that thinks for two seconds', 20, 2100, true],
    ['a line of ours with 700 ms each way and back', 700, 2150, false],
    ['a slow line and a slow server', 700, 4500, true],
    ['a first packet that was lost', 1020, 1100, false],
  ])('%s', (_, connectMs, totalMs, slow) => {
    const seen = timed(connectMs, totalMs);
    expect(idsOf(seen)).toEqual(slow ? ['http.slow'] : []);
    const waits = createReport(seen).acceptance.filter(({ because }) => because.length > 0);
    expect(waits.map(({ sender }) => sender)).toEqual(slow ? ['postfix-tlspol'] : []);
  });
});

describe('CAA', () => {
  const lets = { issuer: "C=US, O=Let's Encrypt, CN=E7" };
  const caa = (
    name: string,
    ...records: readonly (readonly [tag: string, value: string, critical?: true])[]
  ) => ({
    caa: {
      name,
      records: records.map(([tag, value, critical]) => ({ critical: critical === true, tag, value })),
    },
  });
  const byName = withCertificate(lets);
  const byWildcard = withCertificate(lets, [`*.${domain}`]);

  test.each<[what: string, observation: Observation]>([
    [
      'with parameters',
      withHost(caa(domain, ['issue', 'letsencrypt.org; accounturi=https://a.example/1']), byName),
    ],
    ['with spaces', withHost(caa(domain, ['issue', ' letsencrypt.org ']), byName)],
    ['with issuewild alone, and a certificate by name', withHost(caa(domain, ['issuewild', ';']), byName)],
    [
      'with a critical tag that is known',
      withHost(caa(domain, ['iodef', 'mailto:a@example.com', true]), byName),
    ],
    ['with an unknown tag that is not critical', withHost(caa(domain, ['x-note', 'hello']), byName)],
    // RFC 8659 §3: for *.example.com the search begins at example.com.
    ['at the host itself, and a wildcard certificate', withHost(caa(hostName, ['issue', ';']), byWildcard)],
    [
      'where an alias leads, and a wildcard certificate',
      withHost(caa('w.example.net', ['issue', ';']), byWildcard),
    ],
  ])('%s lets the authority renew', (_, observation) => {
    expect(idsOf(observation)).toEqual([]);
  });

  test('with issuewild keeps a wildcard certificate from being renewed', () => {
    const seen = withHost(caa(domain, ['issue', 'letsencrypt.org'], ['issuewild', ';']), byWildcard);
    expect(finding('host.caa-blocks-issuer', seen)?.remedy).toContain('0 issuewild "letsencrypt.org"');
  });

  // RFC 8659 §4.1: who does not know a critical tag must not issue.
  test('with a critical tag that nobody knows keeps every authority from renewing', () => {
    const seen = withHost(caa(domain, ['issue', 'letsencrypt.org'], ['x-note', 'hello', true]), byName);
    expect(finding('host.caa-blocks-issuer', seen)?.remedy).toContain('`0 x-note "hello"`');
  });
});

describe('a chain', () => {
  const above = (more: Partial<CertificateObservation>) =>
    certificate([], { isAuthority: true, sha256: 'cd'.repeat(32), ...more });
  const [first, second] = ['C=US, O=Example CA, CN=Example Issuing CA', 'C=US, O=Example CA, CN=Second'];
  const chain = (more: Partial<CertificateObservation>) =>
    [
      certificate([hostName]),
      above({
        subject: first,
        issuer: second,
        notBefore: '2024-01-01T00:00:00Z',
        notAfter: '2029-01-01T00:00:00Z',
      }),
      above({ subject: second, issuer: 'CN=Root', notBefore: '2024-01-01T00:00:00Z', ...more }),
    ] as const;

  test('with a second intermediate that has expired is expired, where no other way leads up', () => {
    const seen = withCertificate({}, [hostName], {
      chain: chain({ notAfter: '2026-01-01T00:00:00Z' }),
      trust: 'invalid',
    });
    expect(idsOf(seen)).toEqual(['host.cert-expired']);
    expect(finding('host.cert-expired', seen)?.detail).toContain('CN=Second');
  });

  test('with an old root sent along is in order, where OpenSSL trusts it', () => {
    const seen = withCertificate({}, [hostName], {
      chain: chain({ notAfter: '2026-01-01T00:00:00Z' }),
      trust: 'trusted',
    });
    expect(idsOf(seen)).toEqual([]);
  });

  test('without its second intermediate names the one that is missing', () => {
    const [leaf, one] = chain({ notAfter: '2029-01-01T00:00:00Z' });
    const seen = withCertificate({}, [hostName], { chain: [leaf, one], trust: 'incomplete' });
    expect(idsOf(seen)).toEqual(['host.cert-chain-incomplete']);
    expect(finding('host.cert-chain-incomplete', seen)?.detail).toContain(
      `2 certificates, without the intermediate certificate of \`${second}\``,
    );
  });
});

describe('HTTP/2 alone', () => {
  test('is told as that', () => {
    const seen = withResult({ kind: 'failed', at: 'tls', problem: 'tls', alert: 'no_application_protocol' });
    expect(idsOf(seen)).toEqual(['host.address-broken']);
    expect(finding('host.address-broken', seen)?.remedy).toContain('HTTP/1.1');
  });
});

describe('DANE', () => {
  const anchor: TlsaRecord = { usage: 2, selector: 0, matchingType: 1, data: 'ef'.repeat(32) };
  const tlsaName = `_25._tcp.${mx1}`;

  /** The first MX host with these TLSA records, secured; `matches` for each of them. */
  function withRecords(
    records: readonly TlsaRecord[],
    matches: readonly boolean[],
    shown: Parameters<typeof tls>[1] = {},
    base: Observation = healthy,
  ): Observation {
    const secured = withTlsa(true, {}, base);
    return withMx1(
      {
        tlsa: answer(tlsaName, records, { authentic: true }),
        sessions: [
          session(mx1, '192.0.2.11', { kind: 'secured', tls: tls(mx1, shown), tlsaMatches: [...matches] }),
        ],
      },
      secured,
    );
  }
  const [, ...issuers] = tls(mx1).chain;
  const other = { chain: [certificate(['elsewhere.example']), ...issuers], nameMatches: false } as const;
  const expired = {
    chain: [certificate([mx1], { notAfter: '2026-11-01T00:00:00.000Z' }), ...issuers],
  } as const;

  test.each<[what: string, shown: Parameters<typeof tls>[1]]>([
    ['for another name', other],
    ['that has expired', expired],
  ])('of an authority does not take a certificate %s (RFC 7672 §3.1.2)', (_, shown) => {
    const { verdict, deliveries } = createReport(withRecords([anchor], [true], shown, testing));
    expect(deliveries[0]?.outcome).toBe('skips');
    expect(verdict).toBe('broken');
    expect(finding('dane.tlsa-mismatch', withRecords([anchor], [true], shown, testing))?.detail).toContain(
      'authority',
    );
    // In enforce the certificate's own finding says it.
    expect(idsOf(withRecords([anchor], [true], shown))).not.toContain('dane.self-signed-with-sts');
    expect(idsOf(withRecords([anchor], [true], shown))).not.toContain('dane.tlsa-mismatch');
  });

  test('of an authority takes a certificate for the mail domain (RFC 7672 §3.2.3)', () => {
    const shown = { chain: [certificate([domain]), ...issuers], nameMatches: false } as const;
    expect(idsOf(withRecords([anchor], [true], shown, testing))).toContain('dane.self-signed-with-sts');
    expect(idsOf(withRecords([anchor], [true], shown, testing))).not.toContain('dane.tlsa-mismatch');
  });

  test('of a certificate does not look at name and date (RFC 7672 §3.1.1)', () => {
    const own = { ...anchor, usage: 3 };
    for (const shown of [other, expired]) {
      expect(idsOf(withRecords([own], [true], shown, testing))).not.toContain('dane.tlsa-mismatch');
    }
  });

  // RFC 7671 §4.3: no client can use it, so that it refuses nothing.
  test('with a digest of the wrong length refuses nothing', () => {
    const short = { usage: 3, selector: 1, matchingType: 1, data: 'ef'.repeat(20) };
    expect(idsOf(withRecords([short], [false]))).toEqual([]);
  });

  test.each<[what: string, shown: Parameters<typeof tls>[1], remedy: RegExp]>([
    [
      'a missing intermediate',
      { trust: 'incomplete', chain: [certificate([mx1])] },
      /^Serve the certificate together/,
    ],
    ['a date', expired, /^Renew the certificate.* TLSA record/],
    ['a name', other, /^Get a certificate with.* TLSA record/],
    ['an unknown authority', { trust: 'self-signed' }, /^Get a certificate.* TLSA record/],
  ])('that alone is satisfied is mended by what is wrong besides: %s', (_, shown, remedy) => {
    const seen = withRecords([{ ...anchor, usage: 3 }], [true], shown);
    expect(idsOf(seen)).toEqual(['dane.self-signed-with-sts']);
    expect(finding('dane.self-signed-with-sts', seen)?.remedy).toMatch(remedy);
  });

  describe('whose records cannot be looked up', () => {
    const failing = (more: Parameters<typeof failed>[2], base: Observation = healthy) => {
      const secured = withTlsa(true, {}, base);
      return withMx1(
        { tlsa: failed(tlsaName, 'servfail', more), sessions: [session(mx1, '192.0.2.11')] },
        secured,
      );
    };

    // RFC 7672 §2.1.3: as if the host could not be reached.
    test('for DNSSEC is refused by senders that know DANE', () => {
      const seen = failing({ bogus: true }, testing);
      expect(finding('dane.tlsa-mismatch', seen)?.severity).toBe('error');
      expect(createReport(seen).deliveries[0]?.outcome).toBe('skips');
      expect(createReport(seen).verdict).toBe('broken');
    });

    test('for another reason is warned of, which may pass', () => {
      expect(finding('dane.tlsa-mismatch', failing({}))?.severity).toBe('warning');
      expect(createReport(failing({})).verdict).toBe('enforced');
    });

    test('is nothing where the addresses are not secured: nobody asks for them then', () => {
      expect(idsOf(withMx1({ tlsa: failed(tlsaName, 'servfail', { bogus: true }) }))).toEqual([]);
    });
  });
});
