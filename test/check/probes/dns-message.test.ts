/** DNS messages as bytes: what is read, what is refused, and that nothing makes the reader throw or think long. */
import { encode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeQuestion, type Question, readAnswer } from '../../../src/check/probes/dns-message.ts';
import { runs, seed } from '../../runs.ts';
import { mx, pointerBomb, reply } from './hostile-dns.ts';

const question: Question<'MX'> = { id: 0x1234, name: 'victim.test', type: 'MX', asking: 'recursive' };
const asked = {
  id: question.id,
  name: question.name,
  type: 'MX',
  earlier: 0,
  from: undefined,
  query: { questions: [{ name: question.name, type: 'MX' as const }] },
};

test('a question carries its id, EDNS with 1232 octets, and the wish for authentic data', () => {
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

test.each([
  [
    'a question',
    encode({ type: 'query', id: question.id, questions: [{ name: 'victim.test', type: 'MX' }] }),
  ],
  [
    'two questions',
    encode({
      type: 'response',
      id: question.id,
      questions: Array(2).fill({ name: 'victim.test', type: 'MX' }),
    }),
  ],
  ['no question', encode({ type: 'response', id: question.id })],
  [
    'another type',
    encode({ type: 'response', id: question.id, questions: [{ name: 'victim.test', type: 'A' }] }),
  ],
  [
    'another class',
    encode({
      type: 'response',
      id: question.id,
      questions: [{ name: 'victim.test', type: 'MX', class: 'CH' }],
    }),
  ],
  ['another opcode', reply(asked, { flags: 4 << 11 })],
  ['a truncated answer', reply(asked, { flags: 0x0200 })],
  ['a pointer bomb', pointerBomb(asked, 16_384)],
])('%s is no answer', (_, bytes) => {
  expect(readAnswer(bytes, question)).toEqual({ kind: 'unusable' });
});

test('an extended rcode (RFC 6891 §6.1.3) is put together', () => {
  const badVersion = encode({
    type: 'response',
    id: question.id,
    questions: [{ name: 'victim.test', type: 'MX' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        extendedRcode: 1,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ],
  });
  expect(readAnswer(badVersion, question)).toEqual({
    kind: 'answer',
    answer: { kind: 'failed', name: 'victim.test', problem: 'servfail' },
  });
});

test('a pointer bomb of the largest size costs a few milliseconds at most', () => {
  const bomb = pointerBomb(asked, 16_384);
  const startedMs = performance.now();
  for (let round = 0; round < 20; round += 1) readAnswer(bomb, question);
  expect((performance.now() - startedMs) / 20).toBeLessThan(10);
});

test('nothing that begins with the right id makes it throw', () => {
  const honest = reply(asked, {
    answers: [mx('victim.test', 10, 'mx.victim.test'), mx('victim.test', 20, 'b.test')],
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }).map((rest) => Buffer.concat([honest.subarray(0, 2), rest])),
    // An honest answer with octets changed, cut off somewhere.
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(honest.length),
      )
      .map(([changes, length]) => {
        const changed = Buffer.from(honest);
        for (const [at, octet] of changes) changed[at] = octet;
        changed.writeUInt16BE(question.id);
        return changed.subarray(0, Math.max(2, length));
      }),
  );
  fc.assert(
    fc.property(bytes, (message) => {
      const { kind } = readAnswer(message, question);
      expect(['answer', 'unusable', 'stray']).toContain(kind);
    }),
    { numRuns: runs(3000, 1_000_000), seed },
  );
});
