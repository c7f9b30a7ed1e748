/** DNS messages as octets: which are taken for an answer, and what an answer says. */
import { type Answer, encode, type RecordType as PacketType } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { type RecordType, typeNumbers } from '../../../src/check/probes/dns-data.ts';
import { type Asking, encodeQuestion, isAskable, readAnswer } from '../../../src/check/probes/dns-message.ts';
import { asked, id, name, questionFor, read } from './dns-reading.ts';
import {
  authenticFlag,
  authoritativeFlag,
  cname,
  extendedError,
  mx,
  opt,
  pointerBomb,
  type Reply,
  raw,
  rcodes,
  reply,
  soa,
  truncatedFlag,
  txt,
} from './hostile-dns.ts';

const question = questionFor('MX');

describe('a question', () => {
  test('carries its id, EDNS with 1232 octets, and the wish for authentic data', () => {
    expect(encodeQuestion(question).toString('hex')).toBe(
      '1234' +
        '0120' +
        '0001000000000001' +
        '0676696374696d0474657374' +
        '00' +
        '000f0001' +
        '00002904d0000000000000',
    );
  });

  test.each<[Asking, string]>([
    ['recursive', '0120'],
    ['unchecked', '0110'],
    ['authoritative', '0000'],
  ])('that is %s has the flags %s', (asking, flags) => {
    expect(encodeQuestion(questionFor('TXT', asking)).toString('hex', 2, 4)).toBe(flags);
  });

  test.each<[RecordType, string]>([
    ['A', '0001'],
    ['NS', '0002'],
    ['CNAME', '0005'],
    ['SOA', '0006'],
    ['MX', '000f'],
    ['TXT', '0010'],
    ['AAAA', '001c'],
    ['TLSA', '0034'],
    ['CAA', '0101'],
  ])('for %s has the number %s', (type, number) => {
    expect(encodeQuestion(questionFor(type)).toString('hex', 25, 27)).toBe(number);
  });

  test('for the root has an empty name', () => {
    const root = encodeQuestion({ id, name: '.', type: 'SOA', asking: 'recursive' });
    expect(root.toString('hex', 12, 17)).toBe('0000060001');
  });

  test.each([
    ['.', true],
    ['example.com', true],
    ['_25._tcp.mx.example.com', true],
    [`${'a'.repeat(63)}.test`, true],
    [`${'a'.repeat(64)}.test`, false],
    [Array(127).fill('a').join('.'), true],
    [Array(128).fill('a').join('.'), false],
    ['', false],
    ['a..b', false],
    ['a.', false],
    ['a\\.b.test', false],
    ['a\\000.test', false],
    ['*.test', false],
    ['bücher.test', false],
  ])('%j can be asked for: %s', (text, expected) => {
    expect(isAskable(text)).toBe(expected);
  });
});

test('a compressed answer, as name servers write it', () => {
  const bytes = Buffer.from(
    '1234818000010001000000000676696374696d0474657374' +
      '00000f0001' +
      'c00c000f00010000003c0007000a026d78c00c',
    'hex',
  );
  expect(readAnswer(bytes, question)).toEqual({
    kind: 'answer',
    answer: {
      kind: 'answered',
      name: 'victim.test',
      exists: true,
      records: [{ preference: 10, exchange: 'mx.victim.test' }],
      aliases: [],
      ttlSeconds: 60,
      authentic: false,
    },
  });
});

describe('not taken for an answer:', () => {
  const otherQuestion = (questions: { name: string; type: PacketType; class?: 'CH' }[]) =>
    encode({ type: 'response', id, questions });
  test.each([
    ['a question', encode({ type: 'query', id, questions: [{ name, type: 'MX' }] })],
    ['two questions', otherQuestion([0, 1].map(() => ({ name, type: 'MX' })))],
    ['no question', otherQuestion([])],
    ['another type', otherQuestion([{ name, type: 'A' }])],
    ['another class', otherQuestion([{ name, type: 'MX', class: 'CH' }])],
    ['another name', otherQuestion([{ name: 'other.test', type: 'MX' }])],
    ['another opcode', reply(asked(), { flags: 4 << 11 })],
    ['a truncated answer', reply(asked(), { flags: truncatedFlag })],
    ['two OPT records', reply(asked(), { additionals: [extendedError(1), extendedError(2)] })],
    [
      'an answer that ends within a record',
      reply(asked(), { answers: [mx(name, 1, 'a.test')] }).subarray(0, -1),
    ],
    ['a pointer bomb', pointerBomb(asked(), 16_384)],
    ['a name that points at itself', withName('c01d')],
    ['a name that points ahead', withName('c0ff')],
    ['a name that points into the header', withName('c000')],
    ['a label of an unknown kind', withName('40')],
    ['a name without an end', withName('0161')],
  ])('%s', (_, bytes) => {
    expect(readAnswer(bytes, question)).toEqual({ kind: 'unusable' });
  });

  /** An answer whose record begins at octet 29 with this name. */
  function withName(hex: string): Buffer {
    const head = reply(asked());
    head.writeUInt16BE(1, 6);
    return Buffer.concat([head, Buffer.from(hex, 'hex')]);
  }

  test('another id', () => {
    expect(readAnswer(reply(asked(), { id: id ^ 1 }), question)).toEqual({ kind: 'stray' });
  });
});

describe('aliases', () => {
  const at = (target: string) => raw(typeNumbers.A, target, 'c0000201', 50);
  const chain = (length: number) =>
    Array.from({ length }, (_, step) => cname(step === 0 ? name : `c${step}.test`, `c${step + 1}.test`));

  test('lead to the records, in whatever order they come', () => {
    const answers = [at('c.test'), cname('b.test', 'C.test', 7), cname(name, 'b.test')];
    expect(read('A', { answers })).toEqual({
      kind: 'answered',
      name,
      exists: true,
      records: ['192.0.2.1'],
      aliases: ['b.test', 'C.test'],
      ttlSeconds: 7,
      authentic: false,
    });
  });

  test('that lead nowhere: the end does not exist', () => {
    const answer = read('A', { flags: rcodes.nameError, answers: [cname(name, 'gone.test')] });
    expect(answer).toMatchObject({ exists: false, records: [], aliases: ['gone.test'] });
  });

  test('a name that does not exist has no records, whatever stands there', () => {
    const answer = read('A', { flags: rcodes.nameError, answers: [at(name)] });
    expect(answer).toMatchObject({ exists: false, records: [] });
  });

  test('a server of the zone may know the alias alone', () => {
    const answer = read(
      'TXT',
      { flags: authoritativeFlag, answers: [cname(name, 'elsewhere.test')] },
      'authoritative',
    );
    expect(answer).toMatchObject({ exists: true, records: [], aliases: ['elsewhere.test'], ttlSeconds: 60 });
  });

  test.each([
    ['itself', [cname(name, name)], [name]],
    ['itself in capitals', [cname(name, 'VICTIM.test')], ['VICTIM.test']],
    ['two names', [cname(name, 'b.test'), cname('b.test', name)], ['b.test', name]],
    [
      'its middle',
      [cname(name, 'b.test'), cname('b.test', 'c.test'), cname('c.test', 'b.test')],
      ['b.test', 'c.test', 'b.test'],
    ],
  ])('a circle of %s', (_, answers, aliases) => {
    expect(read('A', { answers })).toMatchObject({ records: [], aliases, aliasLoop: true });
  });

  test('sixteen are followed', () => {
    expect(read('A', { answers: [...chain(16), at('c16.test')] })).toMatchObject({
      records: ['192.0.2.1'],
      aliases: { length: 16 },
    });
  });

  test('a hundred are not', () => {
    const answer = read('A', { answers: [...chain(100), at('c100.test')] });
    expect(answer).toMatchObject({ records: [], aliases: { length: 16 } });
    expect(answer).not.toHaveProperty('aliasLoop');
  });

  test.each([
    ['a record of the type', [cname(name, 'b.test'), at(name)], ['192.0.2.1']],
    ['another record', [cname(name, 'b.test'), txt(name, 'x'), at('b.test')], ['192.0.2.1']],
    ['another alias', [cname(name, 'b.test'), cname(name, 'c.test'), at('b.test')], ['192.0.2.1']],
    ['a record further on', [cname(name, 'b.test'), cname('b.test', 'c.test'), txt('b.test', 'x')], []],
  ])('with %s beside', (_, answers, records) => {
    expect(read('A', { answers })).toMatchObject({ records, aliasBesideData: true });
  });

  test('signatures may stand beside', () => {
    const answers = [cname(name, 'b.test'), raw(46, name, '00'), raw(47, name, '00'), at('b.test')];
    expect(read('A', { answers })).not.toHaveProperty('aliasBesideData');
  });

  test('asked for themselves are not followed', () => {
    const answers = [cname(name, 'b.test'), cname('b.test', 'c.test')];
    expect(read('CNAME', { answers })).toMatchObject({ records: ['b.test'], aliases: [] });
  });

  test('that are broken break the answer', () => {
    expect(read('A', { answers: [raw(typeNumbers.CNAME, name, '00ff')] })).toMatchObject({
      problem: 'malformed',
    });
  });
});

describe('how long an answer may be kept', () => {
  const a = (ttl: number) => raw(typeNumbers.A, name, 'c0000201', ttl);
  test.each<[string, Reply, number | undefined]>([
    ['the smallest TTL', { answers: [a(300), a(20), a(40)] }, 20],
    ['a TTL with the highest bit counts as zero (RFC 2181 §8)', { answers: [a(0x8000_0000)] }, 0],
    ['absence: the minimum of the SOA record', { authorities: [soa('test', 3600, 60)] }, 60],
    ['absence: its TTL, where that is smaller', { authorities: [soa(name, 30, 60)] }, 30],
    ['absence of a whole name', { flags: rcodes.nameError, authorities: [soa('.', 30, 60)] }, 30],
    ['absence without an SOA record', {}, undefined],
    ['absence with that of another zone', { authorities: [soa('other.test', 30, 60)] }, undefined],
    ['absence with that of a name that only ends alike', { authorities: [soa('tim.test', 1, 1)] }, undefined],
    ['absence with a broken one', { authorities: [raw(typeNumbers.SOA, name, '0000')] }, undefined],
    [
      'absence behind an alias',
      { answers: [cname(name, 'b.other.test', 90)], authorities: [soa('other.test', 80, 70)] },
      70,
    ],
    ['an SOA record beside records says nothing', { answers: [a(300)], authorities: [soa(name, 1, 1)] }, 300],
  ])('%s', (_, answer, seconds) => {
    const seen = read('A', answer);
    if (seconds === undefined) expect(seen).not.toHaveProperty('ttlSeconds');
    else expect(seen).toMatchObject({ ttlSeconds: seconds });
  });
});

describe('what a server says beside', () => {
  test('authentic data', () => {
    expect(read('A', { flags: authenticFlag })).toMatchObject({ authentic: true });
    expect(read('A', {})).toMatchObject({ authentic: false });
  });

  test('an extended rcode (RFC 6891 §6.1.3) is put together', () => {
    const badVersion = { ...extendedError(0), extendedRcode: 1 } as Answer;
    expect(read('MX', { additionals: [badVersion] })).toMatchObject({ kind: 'failed', problem: 'servfail' });
  });

  test.each<[string, number, string]>([
    ['SERVFAIL', 2, 'servfail'],
    ['FORMERR', 1, 'servfail'],
    ['NOTIMP', 4, 'refused'],
    ['REFUSED', 5, 'refused'],
    ['NOTAUTH', 9, 'refused'],
    ['what nobody knows', 15, 'servfail'],
  ])('%s', (_, rcode, problem) => {
    expect(read('MX', { flags: rcode })).toEqual({ kind: 'failed', name, problem });
  });

  /** The OPT record · what is told of it. */
  test.each<[string, Answer, unknown]>([
    [
      'a code and a text',
      extendedError(9, 'no SEP matching the DS found'),
      { code: 9, text: 'no SEP matching the DS found' },
    ],
    ['a code alone', extendedError(6), { code: 6, text: '' }],
    ['control characters', extendedError(6, '\u001b[31mred\r\n\0x'), { code: 6, text: '[31mred x' }],
    ['what is no text', extendedError(6, Buffer.from('fffe80', 'hex')), { code: 6, text: '' }],
    ['letters beyond ASCII', extendedError(6, 'a\u202eb ü'), { code: 6, text: 'a b' }],
    ['a long text', extendedError(6, 'x'.repeat(4000)), { code: 6, text: `${'x'.repeat(117)}...` }],
    ['less than a code', opt(Buffer.from('00', 'hex')), undefined],
    ['nothing', opt(Buffer.alloc(0)), undefined],
    ['another option', opt(Buffer.from('000641', 'hex'), 10), undefined],
  ])('an extended error: %s', (_, additional, expected) => {
    const seen = read('A', { flags: rcodes.serverFailure, additionals: [additional] });
    expect(seen).toEqual({
      kind: 'failed',
      name,
      problem: 'servfail',
      ...(expected === undefined ? {} : { extendedError: expected }),
    });
  });

  test('an option that is longer than its record', () => {
    const bytes = reply(asked('A'), { additionals: [extendedError(6, 'text')] });
    // The length of the option stands before its code and text.
    bytes.writeUInt16BE(400, bytes.length - 8);
    const reading = readAnswer(bytes, questionFor('A'));
    expect(reading).toMatchObject({ kind: 'answer', answer: { kind: 'answered', records: [] } });
    expect(reading).not.toHaveProperty('answer.extendedError');
  });

  test('an extended error beside an answer', () => {
    expect(read('A', { additionals: [extendedError(3, 'stale')] })).toMatchObject({
      kind: 'answered',
      extendedError: { code: 3, text: 'stale' },
    });
  });
});

describe('a server of the zone', () => {
  const ns = raw(typeNumbers.NS, name, '036e7331c00c');
  test.each<[string, Reply]>([
    ['that refers to others', { authorities: [ns] }],
    ['that answers from memory', { answers: [txt(name, 'old')] }],
    ['that has heard that the name does not exist', { flags: rcodes.nameError }],
  ])('%s has not answered', (_, answer) => {
    expect(read('TXT', answer, 'authoritative')).toEqual({ kind: 'failed', name, problem: 'refused' });
  });

  test('with authority has', () => {
    const answer = { flags: authoritativeFlag, answers: [txt(name, 'new')] };
    expect(read('TXT', answer, 'authoritative')).toMatchObject({ kind: 'answered', records: [['new']] });
  });
});
