/** Octets that nobody means: nothing makes the reader throw or think long. */
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecordType, typeNumbers } from '../../../src/check/probes/dns-data.ts';
import { readAnswer } from '../../../src/check/probes/dns-message.ts';
import { runs, seed } from '../../runs.ts';
import { asked, id, name, questionFor } from './dns-reading.ts';
import {
  authoritativeFlag,
  cname,
  extendedError,
  mx,
  pointerBomb,
  raw,
  reply,
  soa,
  txt,
} from './hostile-dns.ts';

const question = questionFor('MX');

describe('whatever comes', () => {
  const types = Object.keys(typeNumbers) as RecordType[];

  test('what dns-packet writes is read as it was meant', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,12}$/);
    const host = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
    const record = fc.oneof(
      fc.tuple(fc.constant('MX' as const), fc.record({ preference: fc.nat(65_535), exchange: host })),
      fc.tuple(fc.constant('NS' as const), host),
      fc.tuple(
        fc.constant('TXT' as const),
        fc.array(
          fc.uint8Array({ maxLength: 255 }).map((octets) => Buffer.from(octets)),
          { minLength: 1, maxLength: 4 },
        ),
      ),
      fc.tuple(fc.constant('A' as const), fc.ipV4()),
    );
    fc.assert(
      fc.property(record, fc.nat(0x7fff_ffff), ([type, data], ttl) => {
        const bytes = reply(asked(type), { answers: [{ type, name, class: 'IN', ttl, data } as Answer] });
        const expected = type === 'TXT' ? data.map((octets) => octets.toString('latin1')) : data;
        expect(readAnswer(bytes, questionFor(type))).toMatchObject({
          kind: 'answer',
          answer: { records: [expected], ttlSeconds: ttl },
        });
      }),
      { numRuns: runs(500, 50_000), seed },
    );
  });

  /** One of everything that the reader knows. */
  const honest = Object.fromEntries(
    types.map((type) => [
      type,
      reply(asked(type), {
        flags: authoritativeFlag,
        answers: [
          cname(name, 'b.test'),
          raw(typeNumbers.A, 'b.test', 'c0000201'),
          raw(typeNumbers.AAAA, 'b.test', '20010db8000000000000000000000001'),
          mx('b.test', 10, 'mx.victim.test'),
          txt('b.test', 'v=STSv1; id=1;', 'x'),
          raw(typeNumbers.NS, 'b.test', '036e7331c00c'),
          soa('b.test', 60, 60),
          raw(typeNumbers.TLSA, 'b.test', '030101abcd'),
          raw(typeNumbers.CAA, 'b.test', '0005697373756561'),
        ],
        authorities: [soa('test', 60, 60)],
        additionals: [extendedError(9, 'no SEP')],
      }),
    ]),
  ) as Record<RecordType, Buffer>;

  test('nothing that begins with the right id makes it throw, and what it reads is of its type', () => {
    const message = fc.constantFrom(...types).chain((type) => {
      const whole = honest[type];
      return fc
        .oneof(
          fc.uint8Array({ maxLength: 600 }).map((rest) => Buffer.concat([whole.subarray(0, 2), rest])),
          // The right header and question, and anything behind them.
          fc
            .tuple(fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }), fc.uint8Array({ maxLength: 300 }))
            .map(([counts, rest]) => {
              const head = Buffer.from(reply(asked(type)));
              for (const [at, count] of counts.entries()) head.writeUInt16BE(count, 6 + 2 * at);
              return Buffer.concat([head, rest]);
            }),
          // An honest answer with octets changed, cut off somewhere.
          fc
            .tuple(
              fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
              fc.oneof(fc.constant(whole.length), fc.nat(whole.length)),
            )
            .map(([changes, length]) => {
              const changed = Buffer.from(whole);
              for (const [at, octet] of changes) changed[at] = octet;
              changed.writeUInt16BE(id);
              return changed.subarray(0, Math.max(2, length));
            }),
        )
        .map((bytes) => ({ type, bytes }));
    });
    let answers = 0;
    fc.assert(
      fc.property(message, ({ type, bytes }) => {
        const reading = readAnswer(bytes, questionFor(type));
        if (reading.kind === 'answer') answers += 1;
        if (reading.kind !== 'answer' || reading.answer.kind === 'failed') return;
        for (const record of reading.answer.records) expect(record).toEqual(shapes[type]);
        for (const alias of reading.answer.aliases) expect(alias).toMatch(printable);
        expect(reading.answer.extendedError?.text ?? '').toMatch(/^[ -~]{0,120}$/);
      }),
      { numRuns: runs(3000, 1_000_000), seed },
    );
    // Enough of them are read to their end for this to mean something.
    expect(answers).toBeGreaterThan(runs(200, 60_000));
  });

  const printable = /^[!-~]+$/;
  const hostName = expect.stringMatching(printable);
  const shapes: Record<RecordType, unknown> = {
    A: expect.stringMatching(/^(?:\d{1,3}\.){3}\d{1,3}$/),
    AAAA: expect.stringMatching(/^[0-9a-f:.]+$/),
    MX: { preference: expect.any(Number), exchange: hostName },
    TXT: expect.arrayContaining([expect.any(String)]),
    CNAME: hostName,
    NS: hostName,
    SOA: { primary: hostName, serial: expect.any(Number), minimumSeconds: expect.any(Number) },
    TLSA: {
      usage: expect.any(Number),
      selector: expect.any(Number),
      matchingType: expect.any(Number),
      data: expect.stringMatching(/^(?:[0-9a-f]{2})*$/),
    },
    CAA: {
      critical: expect.any(Boolean),
      tag: expect.stringMatching(/^[a-z0-9]+$/),
      value: expect.any(String),
    },
  };

  test('an honest message is read to its end', () => {
    for (const type of types) {
      expect(readAnswer(honest[type], questionFor(type))).toMatchObject({
        kind: 'answer',
        answer: { kind: 'answered', records: { length: 1 }, extendedError: { code: 9 } },
      });
    }
  });

  /** Messages of the largest size that are as long to read as can be. */
  const bombs: readonly (readonly [string, Buffer])[] = [
    ['chains of pointers', pointerBomb(asked(), 16_384)],
    ['records with names of 127 labels', labelBomb()],
    ['records with names of 60 labels that are no text', oddBomb()],
    ['1000 records of the name', recordBomb()],
    ['1100 aliases', aliasBomb()],
  ];
  test.each(bombs)('%s cost a few milliseconds at most', (_, bomb) => {
    expect(bomb.length).toBeGreaterThan(15_000);
    expect(bomb.length).toBeLessThanOrEqual(16_384);
    let bestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round += 1) {
      const startedMs = performance.now();
      readAnswer(bomb, question);
      bestMs = Math.min(bestMs, performance.now() - startedMs);
    }
    expect(bestMs).toBeLessThan(15);
  });

  /** Records whose owners are pointers into one long name, each to another of its labels. */
  function labelBomb(): Buffer {
    const head = reply(asked());
    const labels = Buffer.from([...Array(126).fill([1, 97]).flat(), 0]);
    const parts = [record(Buffer.from([0]), labels)];
    const first = head.length + 11;
    let size = head.length + (parts[0]?.length ?? 0);
    while (size + 12 <= 16_384) {
      const owner = Buffer.alloc(2);
      owner.writeUInt16BE(0xc000 | (first + 2 * (parts.length % 126)));
      parts.push(record(owner, Buffer.alloc(0)));
      size += 12;
    }
    return withRecords(head, parts);
  }

  function oddBomb(): Buffer {
    const owner = Buffer.from([...Array(60).fill([1, 7]).flat(), 0]);
    return withRecords(
      reply(asked()),
      Array.from({ length: 124 }, () => record(owner, Buffer.alloc(0))),
    );
  }

  function recordBomb(): Buffer {
    const parts = Array.from({ length: 1090 }, () =>
      record(Buffer.from('c00c', 'hex'), Buffer.from('000000', 'hex'), typeNumbers.MX),
    );
    return withRecords(reply(asked()), parts);
  }

  /** Each alias of the one name; all of them are looked through for each step. */
  function aliasBomb(): Buffer {
    const parts = Array.from({ length: 1160 }, (_, at) =>
      record(Buffer.from('c00c', 'hex'), Buffer.from(at === 0 ? 'c013' : 'c00c', 'hex'), typeNumbers.CNAME),
    );
    return withRecords(reply(asked()), parts);
  }

  function record(owner: Buffer, data: Buffer, type = 65_280): Buffer {
    const fixed = Buffer.alloc(10);
    fixed.writeUInt16BE(type);
    fixed.writeUInt16BE(1, 2);
    fixed.writeUInt16BE(data.length, 8);
    return Buffer.concat([owner, fixed, data]);
  }

  function withRecords(head: Buffer, records: readonly Buffer[]): Buffer {
    const counted = Buffer.from(head);
    counted.writeUInt16BE(records.length, 6);
    return Buffer.concat([counted, ...records]);
  }
});
