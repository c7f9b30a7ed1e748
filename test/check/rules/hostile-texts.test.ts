/**
 * Whatever stands in a record, a policy, a header or a certificate: judging it neither throws nor hangs, and
 * what is told of it is short and shows no character that steers a screen.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Observation, octetsOf } from '../../../src/check/observation.ts';
import { judge } from '../../../src/check/rule.ts';
import { rules } from '../../../src/check/rules/index.ts';
import { readObservation } from '../../../src/check/seen.ts';
import { anyCharacter } from '../../characters.ts';
import { runs, seed } from '../../runs.ts';
import {
  certificate,
  domain,
  failed,
  fetched,
  healthyPolicy,
  healthyRecord,
  healthyTlsRpt,
  tls,
  txt,
  withPolicy,
  withRecords,
} from '../observations.ts';
import { unpublishable } from '../publishable.ts';
import {
  withCertificate,
  withHeaders,
  withHost,
  withRecord,
  withReports,
  withResponse,
  withTlsRpt,
} from './smallest-changes-record.ts';

const recordName = `_mta-sts.${domain}`;
const hostName = `mta-sts.${domain}`;
const plain = 'text/plain; charset=utf-8';

/** Where a text of others gets into an observation. */
const places: Readonly<Record<string, (text: string) => Observation>> = {
  'a record': (text) => withRecords(text),
  'the id of a record': (text) => withRecords(`v=STSv1; id=${text};`),
  'two records': (text) => withRecords(`v=STSv1; id=1; ${text}`, `${text}v=STSv1; id=2;`),
  'a record beside the right one': (text) => withRecords(healthyRecord, text),
  'a record at a wrong name': (text) =>
    withRecord({
      lookup: txt(recordName),
      authoritative: [],
      wrongNames: [txt(domain, `v=STSv1; id=1; x=${text}`)],
    }),
  'the answer of one name server': (text) =>
    withRecord({
      authoritative: [healthyRecord, `v=STSv1; id=1; ${text}`].map((record, index) => ({
        nameServer: `ns${index}.example.net`,
        address: `192.0.2.${index + 1}`,
        lookup: txt(recordName, record),
      })),
    }),
  'an extended error': (text) =>
    withRecord({ lookup: failed(recordName, 'servfail', { extendedError: { code: 9, text } }) }),
  'a policy': (text) => withPolicy(text),
  'a line of a policy': (text) => withPolicy(healthyPolicy.replace('max_age', `${text}\nmax_age`)),
  'a pattern': (text) => withPolicy(healthyPolicy.replace('max_age', `mx: ${text}\nmax_age`)),
  'a mode': (text) => withPolicy(healthyPolicy.replace('enforce', text)),
  'a web page': (text) => withResponse({ headers: { 'content-type': 'text/html' } }, `<html>${text}`),
  'a media type': (text) => withHeaders({ 'content-type': text }),
  'a charset': (text) => withHeaders({ 'content-type': `text/plain; charset=${text}` }),
  'a location': (text) => withResponse({ status: 301, headers: { location: text } }, ''),
  'an encoding': (text) => withHeaders({ 'content-type': plain, 'content-encoding': text }),
  'a length': (text) =>
    withResponse({ cut: 'closed', headers: { 'content-type': plain, 'content-length': text } }, ''),
  'the names of a certificate': (text) =>
    withCertificate({ commonName: text }, [text, `${text}.example.com`], { nameMatches: false }),
  'the issuer of a certificate': (text) =>
    withCertificate({ issuer: text }, [hostName], { trust: 'invalid' }),
  'an intermediate certificate': (text) =>
    withHost({
      fetches: [
        fetched('192.0.2.10', healthyPolicy, {
          tls: tls(hostName, {
            chain: [
              certificate([hostName], { issuer: `CN=${text}` }),
              certificate([], { subject: `CN=${text}`, notAfter: '2020-01-01T00:00:00.000Z' }),
            ],
          }),
        }),
      ],
    }),
  'a CAA record': (text) =>
    withHost(
      { caa: { name: domain, records: [{ critical: false, tag: 'issue', value: text }] } },
      withCertificate({ issuer: "O=Let's Encrypt" }),
    ),
  'a critical property of CAA': (text) =>
    withHost(
      { caa: { name: domain, records: [{ critical: true, tag: text, value: text }] } },
      withCertificate({ issuer: "O=Let's Encrypt" }),
    ),
  'a TLS-RPT record': (text) => withReports(text),
  'reports at a wrong name': (text) =>
    withTlsRpt({
      lookup: txt(`_smtp._tls.${domain}`),
      destinations: [],
      wrongNames: [txt(`_tls._smtp.${domain}`, `${healthyTlsRpt},${text}`)],
    }),
  'an address for reports': (text) => withReports(`${healthyTlsRpt},${text}`),
};

// What steers a terminal or a message: controls, escapes, directions, invisible characters, quotes of code.
const hostile = [
  '\x1b[2J',
  '\x00',
  '\r',
  '\x07',
  '\x9b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '`',
  '``` ',
];
const words = [
  '<!channel>',
  '<@U123>',
  'v=STSv1;',
  'mx:',
  '*.',
  ' ',
  ';',
  '=',
  ',',
  '"',
  'é',
  '💌',
  'a',
  '1',
];
const texts = fc.oneof(
  fc.array(fc.constantFrom(...hostile, ...words), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: anyCharacter, maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => octetsOf(bytes)),
  fc.constantFrom(...hostile, ...words).map((part) => part.repeat(3_000)),
);

/** Long enough for any finding with a whole policy in it. */
const remedyLength = 1_500;

describe('a hostile text', () => {
  test.each(Object.entries(places))('in %s', (_, place) => {
    fc.assert(
      fc.property(texts, (text) => {
        const { findings } = judge(rules, readObservation(place(text)));
        for (const { id, subject, title, detail, remedy } of findings) {
          const [, before = remedy] = /^([^\n]*:)\nversion: STSv1\n/.exec(remedy) ?? [];
          for (const told of [subject, title, detail, before]) {
            expect(told).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
          }
          expect(detail.length).toBeLessThan(1_000);
          expect(subject.length + title.length).toBeLessThan(600);
          expect(remedy.length).toBeLessThan(remedyLength);
          // A line of a policy is mended step by step: after the first it need not be right.
          const whole = /^(?:policy|mx)\./.test(id) ? remedy.replaceAll(/Write `[^`]*`/g, '') : remedy;
          expect(unpublishable(whole)).toEqual([]);
        }
      }),
      { numRuns: runs(40, 20_000), seed },
    );
  });
});
