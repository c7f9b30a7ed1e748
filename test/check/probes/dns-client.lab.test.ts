/** Look-ups against servers that fail, lie and fall silent: what is told of them, and when. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { query, queryAndExplain, queryServer } from '../../../src/check/probes/dns-client.ts';
import type { RecordType } from '../../../src/check/probes/dns-data.ts';
import { lookup } from '../../../src/check/probes/dns-lookup.ts';
import type { Endpoint, Network } from '../../../src/check/probes/network.ts';
import {
  type Asked,
  authenticFlag,
  authoritativeFlag,
  cname,
  createHostileDns,
  extendedError,
  framed,
  type HostileBehaviour,
  mx,
  pointerBomb,
  type Reply,
  raw,
  rcodes,
  reply,
  soa,
  truncatedFlag,
  txt,
} from './hostile-dns.ts';

const name = 'victim.test';
/** Long enough for whatever ends by itself. */
const long = () => AbortSignal.timeout(8000);
/** For what is meant to run into it. */
const short = () => AbortSignal.timeout(300);

function network(...resolvers: Endpoint[]): Network {
  return { resolvers, probeAllow: [], connectTo: new Map(), ehloName: 'probe.test' };
}

async function against<R>(behaviour: HostileBehaviour, run: (server: Endpoint) => Promise<R>): Promise<R> {
  const server = await createHostileDns(behaviour);
  try {
    return await run(server);
  } finally {
    await server.stop();
  }
}

/** Answers each question as told, over UDP. */
function answering(answer: (asked: Asked) => Reply | undefined): HostileBehaviour {
  return {
    udp: (asked, send) => {
      const given = answer(asked);
      if (given !== undefined) send(reply(asked, given));
    },
  };
}

function cut(asked: Asked, send: (bytes: Buffer) => void): void {
  send(reply(asked, { flags: truncatedFlag }));
}

describe.concurrent('a look-up', () => {
  test('tells everything that the answer says', async () => {
    const behaviour = answering(() => ({
      flags: authenticFlag,
      answers: [cname(name, 'b.test', 30), txt('b.test', 'v=STSv1;', ' id=1;')],
      additionals: [extendedError(3, 'stale')],
    }));
    const seen = await against(behaviour, (server) => query(name, 'TXT', network(server), long()));
    expect(seen).toEqual({
      kind: 'answered',
      name,
      exists: true,
      records: [['v=STSv1;', ' id=1;']],
      aliases: ['b.test'],
      ttlSeconds: 30,
      authentic: true,
      extendedError: { code: 3, text: 'stale' },
    });
  });

  test('of a name that does not exist', async () => {
    const behaviour = answering(() => ({ flags: rcodes.nameError, authorities: [soa('test', 300, 60)] }));
    const seen = await against(behaviour, (server) => query(name, 'TXT', network(server), long()));
    expect(seen).toMatchObject({ kind: 'answered', exists: false, records: [], ttlSeconds: 60 });
  });

  test('of 12 KB of TXT comes over TCP', async () => {
    const many = Array.from({ length: 60 }, (_, at) => txt(name, String(at).padStart(200, '0')));
    const behaviour: HostileBehaviour = {
      udp: cut,
      tcp: (asked, socket) => socket.end(framed(reply(asked, { answers: many }))),
    };
    const seen = await against(behaviour, (server) => query(name, 'TXT', network(server), long()));
    expect(seen).toMatchObject({ kind: 'answered', records: { length: 60 } });
  });

  test('that cannot be asked is not', async () => {
    const asked: string[] = [];
    const behaviour = answering(({ name: one }) => {
      asked.push(one);
      return undefined;
    });
    const tooLong = `_25._tcp.${Array(126).fill('a').join('.')}`;
    const seen = await against(behaviour, (server) => lookup(tooLong, 'TLSA', network(server), long()));
    expect(seen).toEqual({ kind: 'not-measured', name: tooLong, because: 'not-needed' });
    expect(asked).toEqual([]);
  });
});

describe.concurrent('when the time of the look is over', () => {
  test.each<[string, HostileBehaviour]>([
    ['a silent resolver', {}],
    ['one that hangs over TCP', { udp: cut }],
    ['one that drips over TCP', { udp: cut, tcp: (_, socket) => drip(socket) }],
  ])('%s is not measured', async (_, behaviour) => {
    const startedMs = performance.now();
    const seen = await against(behaviour, (server) => lookup(name, 'TXT', network(server), short()));
    expect(seen).toEqual({ kind: 'not-measured', name, because: 'time-is-over' });
    expect(performance.now() - startedMs).toBeLessThan(1800);
  });

  test('nobody is asked any more', async () => {
    let questions = 0;
    const behaviour = answering(() => {
      questions += 1;
      return {};
    });
    const seen = await against(behaviour, (server) =>
      lookup(name, 'TXT', network(server), AbortSignal.abort()),
    );
    expect(seen).toEqual({ kind: 'not-measured', name, because: 'time-is-over' });
    expect(questions).toBe(0);
  });

  test.each(['answers', 'does not listen', 'cuts off'])(
    'whoever stops waiting may do so at any moment: a resolver that %s',
    async (what) => {
      const server = await createHostileDns({
        udp: what === 'cuts off' ? cut : (asked, send) => send(reply(asked)),
      });
      if (what === 'does not listen') await server.stop();
      for (let steps = 0; steps < 60; steps += 1) {
        const stop = new AbortController();
        const asked = lookup(name, 'TXT', network(server), stop.signal);
        for (let step = 0; step < steps; step += 1) {
          if (steps % 3 === 0) await Promise.resolve();
          else if (steps % 3 === 1) await new Promise<void>((resolve) => process.nextTick(resolve));
          else await new Promise<void>((resolve) => setImmediate(resolve));
        }
        stop.abort();
        expect((await asked).kind).toMatch(/^(?:not-measured|answered|failed)$/);
      }
      if (what !== 'does not listen') await server.stop();
    },
  );

  test('what a resolver has said before still counts', async () => {
    const behaviour = answering(({ earlier }) =>
      earlier === 0 ? { flags: rcodes.serverFailure, additionals: [extendedError(22, 'nobody')] } : undefined,
    );
    const seen = await against(behaviour, (server) =>
      lookup(name, 'TXT', network(server), AbortSignal.timeout(1000)),
    );
    expect(seen).toEqual({
      kind: 'failed',
      name,
      problem: 'servfail',
      extendedError: { code: 22, text: 'nobody' },
    });
  });
});

describe.concurrent('after a failure', () => {
  const failing: Reply = { flags: rcodes.serverFailure, additionals: [extendedError(6, 'bogus')] };

  test('with checking disabled an answer shows that DNSSEC fails', async () => {
    const flags: string[] = [];
    const behaviour = answering(({ unchecked, recursive }) => {
      flags.push(`${recursive ? 'RD' : ''}${unchecked ? ' CD' : ''}`);
      return unchecked ? { answers: [txt(name, 'x')] } : failing;
    });
    const seen = await against(behaviour, (server) => queryAndExplain(name, 'TXT', network(server), long()));
    expect(seen).toEqual({
      kind: 'failed',
      name,
      problem: 'servfail',
      extendedError: { code: 6, text: 'bogus' },
      bogus: true,
    });
    expect(flags.slice(0, 4)).toEqual(['RD', 'RD', 'RD', 'RD CD']);
    expect(flags.at(-1)).toBe('RD');
  });

  test('a name that does not exist shows it too', async () => {
    const behaviour = answering(({ unchecked }) => (unchecked ? { flags: rcodes.nameError } : failing));
    const seen = await against(behaviour, (server) => queryAndExplain(name, 'TXT', network(server), long()));
    expect(seen).toMatchObject({ kind: 'failed', bogus: true });
  });

  test('that is the same with checking disabled it is the servers', async () => {
    const seen = await against(
      answering(() => failing),
      (server) => queryAndExplain(name, 'TXT', network(server), long()),
    );
    expect(seen).toMatchObject({ kind: 'failed', problem: 'servfail' });
    expect(seen).not.toHaveProperty('bogus');
  });

  test('that passed in the meantime nothing is said of DNSSEC', async () => {
    const behaviour = answering(({ earlier }) => (earlier < 3 ? failing : { answers: [txt(name, 'x')] }));
    const seen = await against(behaviour, (server) => queryAndExplain(name, 'TXT', network(server), long()));
    expect(seen).toMatchObject({ kind: 'answered', records: [['x']] });
  });

  test('where nobody wants to know why, nothing more is asked', async () => {
    const flags = new Set<boolean>();
    const behaviour = answering(({ unchecked }) => {
      flags.add(unchecked);
      return failing;
    });
    const seen = await against(behaviour, (server) => query(name, 'TXT', network(server), long()));
    expect(seen).toMatchObject({ kind: 'failed', problem: 'servfail' });
    expect(flags).toEqual(new Set([false]));
  });

  test('a resolver that refuses is not asked again', async () => {
    let questions = 0;
    const behaviour = answering(() => {
      questions += 1;
      return { flags: rcodes.refused, additionals: [extendedError(18, 'prohibited')] };
    });
    const seen = await against(behaviour, (server) => queryAndExplain(name, 'TXT', network(server), long()));
    expect(seen).toEqual({
      kind: 'failed',
      name,
      problem: 'refused',
      extendedError: { code: 18, text: 'prohibited' },
    });
    // Three times otherwise; a machine that is busy may send a second one meanwhile.
    expect(questions).toBeLessThan(3);
  });
});

describe.concurrent('a server of the zone', () => {
  const ask = (behaviour: HostileBehaviour, type: RecordType = 'TXT', limit = long()) =>
    against(behaviour, (server) => queryServer(server, name, type, limit));

  test('is asked without recursion', async () => {
    const wishes: boolean[] = [];
    const behaviour = answering(({ recursive, unchecked }) => {
      wishes.push(recursive || unchecked);
      return { flags: authoritativeFlag, answers: [txt(name, 'x')] };
    });
    expect(await ask(behaviour)).toMatchObject({ kind: 'answered', records: [['x']] });
    expect(new Set(wishes)).toEqual(new Set([false]));
  });

  test('that is not one is not asked again and again', async () => {
    let questions = 0;
    const seen = await ask(
      answering(() => {
        questions += 1;
        return { answers: [txt(name, 'x')] };
      }),
    );
    expect(seen).toEqual({ kind: 'failed', name, problem: 'refused' });
    // Three times otherwise; a machine that is busy may send a second one meanwhile.
    expect(questions).toBeLessThan(3);
  });

  test('that is silent has three seconds', async () => {
    const startedMs = performance.now();
    expect(await ask({})).toEqual({ kind: 'failed', name, problem: 'timeout' });
    expect(performance.now() - startedMs).toBeGreaterThan(2500);
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test('that does not listen', async () => {
    const gone = await createHostileDns({});
    await gone.stop();
    expect(await queryServer(gone, name, 'TXT', long())).toEqual({
      kind: 'failed',
      name,
      problem: 'unreachable',
    });
  });
});

/** What the server does for every question · what a look-up for each of the types tells. */
const hostile: readonly (readonly [what: string, behaviour: HostileBehaviour, seen: unknown])[] = [
  [
    'a hundred aliases',
    answering(() => ({
      answers: Array.from({ length: 100 }, (_, at) =>
        cname(at === 0 ? name : `c${at}.test`, `c${at + 1}.test`),
      ),
    })),
    { kind: 'answered', records: [], aliases: { length: 16 } },
  ],
  [
    'a circle of aliases',
    answering(() => ({ answers: [cname(name, 'b.test'), cname('b.test', name)] })),
    { kind: 'answered', records: [], aliasLoop: true },
  ],
  [
    'an alias beside data',
    answering(() => ({ answers: [cname(name, 'b.test'), txt(name, 'x')] })),
    { kind: 'answered', aliasBesideData: true },
  ],
  [
    'data without a single octet, whatever the type',
    answering(({ type }) => ({ answers: [raw(numberOf(type), name, '')] })),
    { kind: 'failed', problem: 'malformed' },
  ],
  [
    'data that are cut off, whatever the type',
    answering(({ type }) => ({ answers: [raw(numberOf(type), name, 'ff')] })),
    { kind: 'failed', problem: 'malformed' },
  ],
  [
    'garbage as an extended error',
    answering(() => ({
      flags: rcodes.serverFailure,
      additionals: [extendedError(65_535, Buffer.alloc(900, 0x9b))],
    })),
    { kind: 'failed', problem: 'servfail', extendedError: { code: 65_535, text: '' } },
  ],
  [
    'a circle of truncation',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(reply(asked, { flags: truncatedFlag }))) },
    { kind: 'failed', problem: 'malformed' },
  ],
  [
    'a million MX, as fast as they go',
    { udp: cut, tcp: (asked, socket) => void pourRecords(asked, socket) },
    { kind: 'failed', problem: 'malformed' },
  ],
  [
    'the largest pointer bomb, over TCP',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(pointerBomb(asked, 16_384))) },
    { kind: 'failed', problem: 'malformed' },
  ],
  [
    'a thousand records of the wrong name',
    {
      udp: cut,
      tcp: (asked, socket) =>
        socket.end(framed(reply(asked, { answers: Array(400).fill(mx('other.test', 1, 'evil.test')) }))),
    },
    { kind: 'answered', records: [] },
  ],
  [
    'a reset in the middle of the length',
    { udp: cut, tcp: (_, socket) => socket.write(Buffer.from([0]), () => socket.resetAndDestroy()) },
    { kind: 'failed', problem: 'unreachable' },
  ],
  [
    'two answers that contradict each other: the first counts',
    {
      udp: (asked, send) => {
        send(reply(asked, { flags: rcodes.nameError }));
        send(reply(asked, { answers: [txt(name, 'late')] }));
      },
    },
    { kind: 'answered', exists: false },
  ],
  [
    'a flood of datagrams behind the answer',
    {
      udp: (asked, send) => {
        for (let copy = 0; copy < 300; copy += 1) send(reply(asked, { flags: rcodes.nameError }));
      },
    },
    { kind: 'answered', exists: false },
  ],
];

const numbers: Readonly<Record<string, number>> = {
  A: 1,
  TXT: 16,
  TLSA: 52,
  CAA: 257,
  SOA: 6,
  NS: 2,
  MX: 15,
};

function numberOf(type: string): number {
  return numbers[type] ?? 0;
}

describe.concurrent('a resolver that gives', () => {
  test.each(hostile)('%s', async (_, behaviour, seen) => {
    const startedMs = performance.now();
    await against(behaviour, async (server) => {
      const types: readonly RecordType[] = ['A', 'TXT', 'TLSA', 'CAA', 'SOA', 'NS', 'MX'];
      const all = await Promise.all(types.map((type) => lookup(name, type, network(server), long())));
      for (const one of all) expect(one).toMatchObject(seen as object);
    });
    expect(performance.now() - startedMs).toBeLessThan(6000);
  });

  test('64 KB over TCP, again and again, costs no memory that stays', async () => {
    const behaviour: HostileBehaviour = { udp: cut, tcp: (asked, socket) => void pourRecords(asked, socket) };
    await against(behaviour, async (server) => {
      const before = process.memoryUsage().arrayBuffers;
      for (let round = 0; round < 20; round += 1) await lookup(name, 'MX', network(server), long());
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    });
  });
});

/** An answer that says that it is 64 KB long and never ends. */
function pourRecords(asked: Asked, socket: Socket): void {
  const head = framed(reply(asked), 65_535);
  const records = Buffer.alloc(65_536, Buffer.from('c00c000f00010000003c0004000ac00c', 'hex'));
  socket.write(head);
  const more = () => {
    while (socket.writable && socket.write(records));
  };
  socket.on('drain', more);
  more();
}

function drip(socket: Socket): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    // The first two say that 8 KB come.
    else socket.write(Buffer.from([0x20]));
  }, 20);
  socket.once('close', () => clearInterval(timer));
}
