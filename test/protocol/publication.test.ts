/** What is published, in which order, under which id; every text is read again by the strict parsers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainName } from '../../src/protocol/domain.ts';
import {
  formatPolicy,
  type MxPattern,
  maxAgeSecondsMax,
  modes,
  type Policy,
  parsePolicy,
  parseRecordSet,
} from '../../src/protocol/mtasts.ts';
import {
  createId,
  createPublication,
  formValues,
  isId,
  meaning,
  type TxtRecord,
  usualMaxAgeSeconds,
  zoneLines,
} from '../../src/protocol/publication.ts';
import { spellSeconds } from '../../src/protocol/publishing-steps.ts';
import { parseTlsRptSet, type Rua } from '../../src/protocol/tlsrpt.ts';
import { runs, seed } from '../runs.ts';

const domain = 'example.com' as DomainName;
const now = new Date('2026-11-23T16:15:00.789Z');
const policy: Policy = {
  mode: 'testing',
  mx: ['mx1.example.com', '*.example.net'] as unknown as MxPattern[],
  maxAgeSeconds: 86_400,
};
const rua = ['mailto:tls-reports@example.com'] as unknown as Rua[];

describe('a publication', () => {
  test('whole', () => {
    expect(createPublication({ domain, policy, rua }, now)).toMatchInlineSnapshot(`
      {
        "domain": "example.com",
        "id": "20261123T161500Zqu15",
        "policy": {
          "maxAgeSeconds": 86400,
          "mode": "testing",
          "mx": [
            "mx1.example.com",
            "*.example.net",
          ],
        },
        "policyFile": {
          "body": "version: STSv1
      mode: testing
      mx: mx1.example.com
      mx: *.example.net
      max_age: 86400
      ",
          "fileName": "mta-sts.txt",
          "url": "https://mta-sts.example.com/.well-known/mta-sts.txt",
        },
        "policyHost": "mta-sts.example.com",
        "record": {
          "name": "_mta-sts.example.com",
          "type": "TXT",
          "value": "v=STSv1; id=20261123T161500Zqu15;",
        },
        "rua": [
          "mailto:tls-reports@example.com",
        ],
        "steps": [
          {
            "cite": {
              "label": "RFC 8461 §3.3",
              "rfc": 8461,
              "section": "3.3",
              "title": "HTTPS Policy Fetching",
              "url": "https://www.rfc-editor.org/rfc/rfc8461.html#section-3.3",
            },
            "detail": "An A and AAAA record, or a CNAME, that leads to the web server which is to serve the policy.",
            "kind": "policy-host",
            "title": "Give mta-sts.example.com an address in DNS",
          },
          {
            "cite": {
              "label": "RFC 8461 §3.3",
              "rfc": 8461,
              "section": "3.3",
              "title": "HTTPS Policy Fetching",
              "url": "https://www.rfc-editor.org/rfc/rfc8461.html#section-3.3",
            },
            "detail": "From an authority that is publicly trusted, with mta-sts.example.com among its names (subjectAltName), served together with its intermediates.",
            "kind": "certificate",
            "title": "Get a certificate for mta-sts.example.com",
          },
          {
            "cite": {
              "label": "RFC 8461 §3.3",
              "rfc": 8461,
              "section": "3.3",
              "title": "HTTPS Policy Fetching",
              "url": "https://www.rfc-editor.org/rfc/rfc8461.html#section-3.3",
            },
            "detail": "Status 200, Content-Type: text/plain; charset=utf-8, and no redirect: senders do not follow one.",
            "kind": "policy",
            "title": "Serve the policy at https://mta-sts.example.com/.well-known/mta-sts.txt",
          },
          {
            "cite": {
              "label": "RFC 8461 §8.1",
              "rfc": 8461,
              "section": "8.1",
              "title": "Policy Updates",
              "url": "https://www.rfc-editor.org/rfc/rfc8461.html#section-8.1",
            },
            "detail": "Only when https://mta-sts.example.com/.well-known/mta-sts.txt shows the policy above, because a new id tells senders to fetch it. It has to be the only TXT record there.",
            "kind": "record",
            "title": "Publish the TXT record at _mta-sts.example.com",
          },
          {
            "cite": {
              "label": "RFC 8460 §3",
              "rfc": 8460,
              "section": "3",
              "title": "Reporting Policy",
              "url": "https://www.rfc-editor.org/rfc/rfc8460.html#section-3",
            },
            "detail": "Senders that support it report once a day how TLS went, failures and successes.",
            "kind": "tls-rpt",
            "title": "Publish the TLS-RPT record at _smtp._tls.example.com",
          },
        ],
        "tlsRpt": {
          "name": "_smtp._tls.example.com",
          "type": "TXT",
          "value": "v=TLSRPTv1; rua=mailto:tls-reports@example.com",
        },
      }
    `);
  });

  test('without reports there is no TLS-RPT record and no step for it', () => {
    const { tlsRpt, steps } = createPublication({ domain, policy, rua: [] }, now);
    expect(tlsRpt).toBeUndefined();
    expect(steps.map(({ kind }) => kind)).toEqual(['policy-host', 'certificate', 'policy', 'record']);
  });

  test('mode none: serve, publish, wait, remove', () => {
    const none: Policy = { mode: 'none', mx: [], maxAgeSeconds: 86_400 };
    const previous = {
      id: 'before',
      policy: { ...policy, mode: 'enforce', maxAgeSeconds: 604_800 },
    } as const;
    const { steps } = createPublication({ domain, policy: none, rua: [], previous }, now);
    expect(steps.map(({ kind }) => kind)).toEqual(['policy', 'record', 'wait', 'removal']);
    expect(steps[2]?.detail).toContain('max_age 604800 (7 days)');
    expect(steps[2]?.cite.label).toBe('RFC 8461 §8.3');
  });

  test.each(modes)('mode %s means one sentence', (mode) => {
    const publication = createPublication({ domain, policy: { ...policy, mode }, rua }, now);
    expect(meaning(publication)).toMatch(/^[A-Z].*example\.com.*\.$/);
    expect(meaning(publication)).not.toMatch(/receiv/i);
    expect(meaning(publication)).toMatchSnapshot();
  });

  test('to start from: a day of testing', () => {
    expect(usualMaxAgeSeconds).toEqual({ testing: 86_400, enforce: 604_800, none: 86_400 });
  });
});

describe('ids', () => {
  const other: Policy = { ...policy, mode: 'enforce' };
  const idOf = (request: Partial<Parameters<typeof createPublication>[0]>, at = now) =>
    createPublication({ domain, policy, rua: [], ...request }, at).id;

  test('the second in UTC and four characters of the body', () => {
    expect(createId('a', now)).toMatch(/^20261123T161500Z[a-z0-9]{4}$/);
    expect(createId('a', now)).toBe(createId('a', now));
    expect(createId('a', now)).not.toBe(createId('b', now));
  });

  test('the same policy keeps its id', () => {
    expect(idOf({ previous: { id: 'before', policy } })).toBe('before');
    expect(idOf({ previous: { id: 'before', policy }, id: 'before' })).toBe('before');
  });

  test('another policy gets another id, asked for or not', () => {
    expect(idOf({ previous: { id: 'before', policy: other } })).toBe(createId(formatPolicy(policy), now));
    expect(idOf({ previous: { id: 'before', policy: other }, id: 'before' })).not.toBe('before');
    const fresh = createId(formatPolicy(policy), now);
    expect(idOf({ previous: { id: fresh, policy: other } })).not.toBe(fresh);
  });

  test('mx in another order is another body', () => {
    const turned = { ...policy, mx: policy.mx.toReversed() };
    expect(idOf({ previous: { id: 'before', policy: turned } })).not.toBe('before');
  });

  test('a wish is followed', () => {
    expect(idOf({ id: 'mine1' })).toBe('mine1');
    expect(idOf({ id: 'mine1', previous: { id: 'before', policy: other } })).toBe('mine1');
  });

  test.each(['', 'a b', 'a-b', 'ä', 'x'.repeat(33), 'a\n', '٣'])('%j is no id', (id) => {
    expect(isId(id)).toBe(false);
    expect(() => idOf({ id })).toThrow(RangeError);
  });
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.example`);
const pattern = fc
  .tuple(fc.constantFrom('', '*.'), name)
  .map(([star, rest]) => `${star}${rest}` as MxPattern);
const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  mode: fc.constantFrom(...modes),
  mx: fc.array(pattern, { minLength: 1, maxLength: 30 }),
  maxAgeSeconds: fc.integer({ min: 0, max: maxAgeSecondsMax }),
});
const anyRua = fc
  .tuple(fc.boolean(), fc.stringMatching(/^[a-z0-9]{1,90}$/), name)
  .map(([mail, word, host]) => (mail ? `mailto:${word}@${host}` : `https://${host}/${word}`) as Rua);
const anyTime = fc.date({ min: new Date('2020-01-01Z'), max: new Date('2999-12-31Z'), noInvalidDate: true });
const anyRequest = fc.record({
  domain: name.map((text) => text as DomainName),
  policy: anyPolicy,
  rua: fc.array(anyRua, { maxLength: 6 }),
});

test('everything that is printed is read again as what was meant', () => {
  fc.assert(
    fc.property(anyRequest, anyTime, (request, at) => {
      const publication = createPublication(request, at);
      const { record, policyFile, tlsRpt, id } = publication;
      expect(parsePolicy(policyFile.body)).toMatchObject({ verdict: 'valid', value: request.policy });
      expect(parsePolicy(new TextEncoder().encode(policyFile.body)).verdict).toBe('valid');
      expect(policyFile.body).toMatch(/^version: STSv1\n[ -~\n]*[^\n]\n$/);
      expect(parseRecordSet([record.value])).toMatchObject({ verdict: 'valid', value: { id } });
      expect(id).toHaveLength(20);
      expect(record.value).toMatch(/^v=STSv1; /);
      expect(tlsRpt === undefined).toBe(request.rua.length === 0);
      if (tlsRpt !== undefined) {
        expect(parseTlsRptSet([tlsRpt.value])).toMatchObject({
          verdict: 'valid',
          value: { rua: request.rua },
        });
      }
      const txt = [record, ...(tlsRpt === undefined ? [] : [tlsRpt])];
      expect(readZone(zoneLines(publication))).toEqual(txt.map((entry) => [entry.name, entry.value]));
      for (const entry of txt) {
        const { name, host, zone, value, quoted } = formValues(entry, request.domain);
        expect(`${host}.${zone}`).toBe(name);
        expect(value).toBe(entry.value);
        expect(readStrings(quoted).join('')).toBe(entry.value);
      }
    }),
    { seed, numRuns: runs(300, 50_000) },
  );
});

test('an id is never used again for another policy', () => {
  const near = fc.integer({ min: 0, max: 1999 }).map((ms) => new Date(Date.UTC(2026, 10, 23) + ms));
  const step = fc.record({
    policy: fc.constantFrom<Policy>(policy, { ...policy, mode: 'enforce' }, { ...policy, maxAgeSeconds: 1 }),
    at: near,
    wish: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (edits) => {
      let previous: { id: string; policy: Policy } | undefined;
      for (const { policy, at, wish } of edits) {
        const { id }: { id: string } = createPublication(
          {
            domain,
            policy,
            rua: [],
            ...(previous === undefined ? {} : { previous }),
            ...(wish && previous !== undefined ? { id: previous.id } : {}),
          },
          at,
        );
        if (previous !== undefined) {
          expect(id === previous.id).toBe(formatPolicy(policy) === formatPolicy(previous.policy));
        }
        previous = { id, policy };
      }
    }),
    { seed, numRuns: runs(300, 20_000) },
  );
});

describe('zone files and forms', () => {
  test('lines for BIND', () => {
    expect(zoneLines(createPublication({ domain, policy, rua, id: 'id1' }, now))).toMatchInlineSnapshot(`
      "; mta-sts.example.com. needs an A, AAAA or CNAME record
      _mta-sts.example.com. 300 IN TXT "v=STSv1; id=id1;"
      _smtp._tls.example.com. 86400 IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"
      "
    `);
  });

  const txt = (value: string): TxtRecord => ({ name: '_smtp._tls.example.com', type: 'TXT', value });

  test.each([
    ['short', 'v=1', '"v=1"'],
    ['empty', '', '""'],
    ['quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
    ['255 octets are one string', 'x'.repeat(255), `"${'x'.repeat(255)}"`],
    ['256 octets are two', 'x'.repeat(256), `"${'x'.repeat(255)}" "x"`],
    ['a quote at the border', `${'x'.repeat(254)}""`, `"${'x'.repeat(254)}\\"" "\\""`],
  ])('quoted: %s', (_, value, quoted) => {
    expect(formValues(txt(value), domain).quoted).toBe(quoted);
  });

  test.each([
    ['example.com', '_mta-sts', 'example.com'],
    ['mail.example.com', '_mta-sts.mail', 'example.com'],
    ['a.b.example.co.uk', '_mta-sts.a.b', 'example.co.uk'],
    ['project.github.io', '_mta-sts', 'project.github.io'],
    ['example.test', '_mta-sts', 'example.test'],
    ['xn--bcher-kva.example', '_mta-sts', 'xn--bcher-kva.example'],
  ])('%s: host %s in the zone %s', (text, host, zone) => {
    const { record } = createPublication({ domain: text as DomainName, policy, rua }, now);
    expect(formValues(record, text as DomainName)).toMatchObject({ host, zone, name: `_mta-sts.${text}` });
  });
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [90, '1 minute 30 seconds'],
  [3600, '1 hour'],
  [86_400, '1 day'],
  [604_800, '7 days'],
  [31_557_600, '365 days 6 hours'],
])('%d is %s', (seconds, spelt) => {
  expect(spellSeconds(seconds)).toBe(spelt);
});

/** A small reader of zone files, written from RFC 1035 §5.1: `name ttl IN TXT strings`, `;` comments. */
function readZone(text: string): [string, string][] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith(';'))
    .map((line) => {
      const match = /^(\S+)\. [0-9]+ IN TXT (.*)$/.exec(line);
      return [match?.[1] ?? '', readStrings(match?.[2] ?? '').join('')];
    });
}

function readStrings(text: string): string[] {
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, inner = '']) =>
    inner.replaceAll(/\\(.)/g, '$1'),
  );
  for (const string of strings) expect(string.length).toBeLessThanOrEqual(255);
  return strings;
}
