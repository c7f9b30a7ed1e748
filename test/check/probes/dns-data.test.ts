/** Data of records and names as octets: good ones, and those that are none although they nearly are. */
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecordData, type RecordType, typeNumbers } from '../../../src/check/probes/dns-data.ts';
import { readName } from '../../../src/check/probes/dns-wire.ts';
import { runs, seed } from '../../runs.ts';
import { name, read } from './dns-reading.ts';
import { cname, mx, raw, txt } from './hostile-dns.ts';

describe('records', () => {
  /** Data in hexadecimal · what is read of them. */
  const good: readonly (readonly [RecordType, string, RecordData[RecordType]])[] = [
    ['A', 'c0000201', '192.0.2.1'],
    ['AAAA', '20010db8000000000000000000000001', '2001:db8::1'],
    ['AAAA', `${'00'.repeat(10)}ffffc0000201`, '::ffff:192.0.2.1'],
    ['MX', '000a0161047465737400', { preference: 10, exchange: 'a.test' }],
    ['MX', '000000', { preference: 0, exchange: '.' }],
    ['MX', '0000c00c', { preference: 0, exchange: 'victim.test' }],
    ['TXT', '03763d53', ['v=S']],
    ['TXT', '01610003626364', ['a', '', 'bcd']],
    ['TXT', '00', ['']],
    ['TXT', '04c3bc00ff', ['Ã¼\0ÿ']],
    ['CNAME', '0162c00c', 'b.victim.test'],
    ['NS', '036e7331c00c', 'ns1.victim.test'],
    [
      'SOA',
      `c00cc00c0000000700000001000000020000000300000e10`,
      { primary: name, serial: 7, minimumSeconds: 3600 },
    ],
    ['TLSA', '030101abcd', { usage: 3, selector: 1, matchingType: 1, data: 'abcd' }],
    ['TLSA', '030101', { usage: 3, selector: 1, matchingType: 1, data: '' }],
    ['CAA', '0005697373756561', { critical: false, tag: 'issue', value: 'a' }],
    ['CAA', '8005495353554500', { critical: true, tag: 'issue', value: '\0' }],
    ['CAA', '0005697373756565c3', { critical: false, tag: 'issue', value: 'eÃ' }],
    ['CAA', '00056973737565', { critical: false, tag: 'issue', value: '' }],
  ];
  test.each(good)('%s %s', (type, data, expected) => {
    expect(read(type, { answers: [raw(typeNumbers[type], name, data)] })).toMatchObject({
      kind: 'answered',
      records: [expected],
    });
  });

  /** Data in hexadecimal · why they are none of the type. */
  const bad: readonly (readonly [RecordType, string, string])[] = [
    ['A', '', 'empty'],
    ['A', 'c00002', 'short'],
    ['A', 'c000020101', 'long'],
    ['AAAA', '20010db8', 'short'],
    ['AAAA', `${'20'.repeat(17)}`, 'long'],
    ['MX', '', 'empty'],
    ['MX', '000a', 'without a name'],
    ['MX', '000a01', 'a name that ends within a label'],
    ['MX', '000a0161', 'a name without an end'],
    ['MX', '000a016100ff', 'something behind the name'],
    ['TXT', '', 'no string at all'],
    ['TXT', '0561', 'a string that is longer than the record'],
    ['TXT', '016105', 'a second string that is only a length'],
    ['CNAME', '', 'empty'],
    ['CNAME', '0161', 'without an end'],
    ['CNAME', '00ff', 'something behind the name'],
    ['NS', '', 'empty'],
    ['NS', 'c0', 'half a pointer'],
    ['SOA', 'c00cc00c', 'only the names'],
    ['SOA', `c00cc00c${'00'.repeat(19)}`, 'short by an octet'],
    ['SOA', `c00cc00c${'00'.repeat(21)}`, 'long by an octet'],
    ['TLSA', '', 'empty'],
    ['TLSA', '0301', 'short'],
    ['CAA', '', 'empty'],
    ['CAA', '0000', 'no tag'],
    ['CAA', '000061', 'a tag of no length'],
    ['CAA', '000261', 'a tag that is longer than the record'],
    ['CAA', '00012d61', 'a tag with a hyphen'],
  ];
  test.each(bad)('%s %j is none: %s', (type, data) => {
    // Octets behind the record, for a reader that does not mind its end: "0aaaa…", and so on.
    const behind = `${'a'.repeat(48)}.test`;
    const answers = [raw(typeNumbers[type], name, data), raw(65_280, behind, 'ff'.repeat(64))];
    // A broken alias breaks whatever is asked for; asked for itself it is a value like any other.
    expect(read(type, { answers })).toEqual({ kind: 'failed', name, problem: 'malformed' });
  });

  test('that are broken, of another name, type or class, do no harm', () => {
    const broken = { ...raw(typeNumbers.MX, name, ''), class: 'CH' } as Answer;
    const answers = [
      broken,
      raw(typeNumbers.MX, 'other.test', ''),
      raw(typeNumbers.A, name, '00'),
      mx(name, 5, 'a.test'),
    ];
    expect(read('MX', { answers })).toMatchObject({ records: [{ preference: 5, exchange: 'a.test' }] });
  });

  test('256 strings of 40 octets', () => {
    const strings = Array.from({ length: 256 }, (_, at) => String(at).padStart(40, '0'));
    expect(read('TXT', { answers: [txt(name, ...strings)] })).toMatchObject({ records: [strings] });
  });
});

describe('names', () => {
  /** Labels as octets in hexadecimal · how they are written. */
  test.each([
    [['61', '74657374'], 'a.test'],
    [['4142'], 'AB'],
    [['612e62', '74657374'], 'a\\.b.test'],
    [['615c62'], 'a\\\\b'],
    [['5c303030'], '\\\\000'],
    [['00'], '\\000'],
    [['c3bc'], '\\195\\188'],
    [['ff'], '\\255'],
    [['20', '7f'], '\\032.\\127'],
    [['3c21636e3e'], '<!cn>'],
    [[], '.'],
  ])('%j is %s', (labels, expected) => {
    const octets = `${labels.map((label) => (label.length / 2).toString(16).padStart(2, '0') + label).join('')}00`;
    expect(readName(Buffer.from(octets, 'hex'), 0)).toEqual({
      text: expected,
      octets: octets.length / 2,
      next: octets.length / 2,
    });
  });

  test('two that differ never become one', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 8 });
    const names = fc.array(label, { maxLength: 4 });
    const written = (labels: readonly Uint8Array[]) => {
      return readName(Buffer.from([...octetsIn(labels), 0]), 0)?.text;
    };
    const octetsIn = (labels: readonly Uint8Array[]) =>
      labels.flatMap((octets) => [octets.length, ...octets]);
    fc.assert(
      fc.property(names, names, (one, other) => {
        const same = Buffer.from(octetsIn(one)).equals(Buffer.from(octetsIn(other)));
        expect(written(one) === written(other)).toBe(same);
      }),
      { numRuns: runs(2000, 100_000), seed },
    );
  });

  test('pointers lead back to other names, never ahead or into the header', () => {
    const header = Buffer.alloc(12);
    const before = Buffer.concat([header, Buffer.from('016200', 'hex')]);
    const pointing = (target: number) => Buffer.from([1, 97, 0xc0, target]);
    const back = Buffer.concat([before, pointing(12)]);
    expect(readName(back, 15)?.text).toBe('a.b');
    const ahead = Buffer.concat([header, pointing(16), Buffer.from('016200', 'hex')]);
    expect(readName(ahead, 12)).toBeUndefined();
    const head = Buffer.concat([Buffer.from('016200', 'hex'), header.subarray(3), pointing(0)]);
    expect(readName(head, 12)).toBeUndefined();
  });

  test('of 255 octets end there', () => {
    const longest = Buffer.from([...Array(127).fill([1, 97]).flat(), 0]);
    expect(readName(longest, 0)?.text).toBe(Array(127).fill('a').join('.'));
    expect(readName(Buffer.concat([Buffer.from([1, 97]), longest]), 0)).toBeUndefined();
  });

  test('with other octets than the one that was asked for are other names', () => {
    const answers = [raw(typeNumbers.A, 'victim\u0001.test', 'c0000201'), cname('VICTIM.test', 'b.test')];
    expect(read('A', { answers })).toMatchObject({ records: [], aliases: ['b.test'] });
  });
});
