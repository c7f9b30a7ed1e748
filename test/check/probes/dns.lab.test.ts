/** The DNS client against servers that lie, stammer, flood and fall silent: an answer or a problem, in time. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import type { DnsProblem, MxObservation } from '../../../src/check/observation.ts';
import { lookupMx, mostMxHosts } from '../../../src/check/probes/dns.ts';
import type { Endpoint, Network } from '../../../src/check/probes/network.ts';
import type { DomainName } from '../../../src/protocol/domain.ts';
import {
  cname,
  createHostileDns,
  framed,
  type HostileBehaviour,
  mx,
  pointerBomb,
  reply,
} from './hostile-dns.ts';

const domain = 'victim.test' as DomainName;
const good = [mx(domain, 10, 'mx.victim.test')];
const goodMx = { kind: 'hosts', hosts: [{ preference: 10, host: 'mx.victim.test' }] };
/** The time limit of a look-up that is meant to run into it. */
const shortMs = 350;
/** As a form or a terminal waits; enough for the rest on a machine that is busy with other tests. */
const long = 3000;
/** How much later than the limit a busy machine may notice that it is over. */
const slackMs = 1500;

const refusedFlag = 5;
const truncated = 0x0200;

function network(...resolvers: Endpoint[]): Network {
  return { resolvers, probeAllow: [], connectTo: new Map(), ehloName: 'check.example.net' };
}

async function look(behaviour: HostileBehaviour, timeoutMs = long) {
  const server = await createHostileDns(behaviour);
  try {
    return await lookupMx(domain, network(server), { timeoutMs });
  } finally {
    await server.stop();
  }
}

function unknown(problem: DnsProblem): MxObservation {
  return { kind: 'unknown', problem };
}

const timedOut = unknown('timeout');

const overTcp: HostileBehaviour['tcp'] = (asked, socket) => {
  socket.end(framed(reply(asked, { answers: good })));
};

/** What the server does · what is seen of it. */
const cases: readonly (readonly [what: string, behaviour: HostileBehaviour, seen: unknown])[] = [
  ['never answers', {}, timedOut],
  [
    'answers in another case',
    { udp: (asked, send) => send(reply(asked, { name: 'VICTIM.Test', answers: good })) },
    goodMx,
  ],
  [
    'answers a forged id first',
    {
      udp: (asked, send) => {
        send(reply(asked, { id: asked.id ^ 1, answers: [mx(domain, 1, 'evil.test')] }));
        send(reply(asked, { answers: good }));
      },
    },
    goodMx,
  ],
  [
    'answers with forged ids only',
    { udp: (asked, send) => send(reply(asked, { id: asked.id ^ 1, answers: good })) },
    timedOut,
  ],
  [
    'floods with forged ids: asked over TCP',
    {
      udp: (asked, send) => {
        for (let id = 0; id < 64; id += 1)
          if (id !== asked.id) send(reply(asked, { id, answers: [mx(domain, 1, 'evil.test')] }));
      },
      tcp: overTcp,
    },
    goodMx,
  ],
  [
    'answers another question: asked over TCP',
    {
      udp: (asked, send) =>
        send(reply(asked, { name: 'other.test', answers: [mx('other.test', 1, 'evil.test')] })),
      tcp: overTcp,
    },
    goodMx,
  ],
  [
    'sends garbage under the right id: asked over TCP',
    { udp: (asked, send) => send(garbage(asked.id, 300)), tcp: overTcp },
    goodMx,
  ],
  ['sends garbage', { udp: (asked, send) => send(garbage(asked.id ^ 1, 300)) }, timedOut],
  ['sends one octet', { udp: (_, send) => send(Buffer.from([0])) }, timedOut],
  ['sends an empty datagram', { udp: (_, send) => send(Buffer.alloc(0)) }, timedOut],
  [
    'sends the header alone: asked over TCP',
    { udp: (asked, send) => send(reply(asked).subarray(0, 12)), tcp: overTcp },
    goodMx,
  ],
  [
    'cuts off in the middle of a record',
    { udp: (asked, send) => send(cutOff(reply(asked, { flags: truncated, answers: good }))), tcp: overTcp },
    goodMx,
  ],
  [
    'echoes the question',
    {
      udp: (asked, send) => {
        const echo = reply(asked);
        echo[2] = 1;
        send(echo);
      },
      tcp: overTcp,
    },
    goodMx,
  ],
  [
    'counts 65535 records and sends none: asked over TCP',
    { udp: (asked, send) => send(counting(reply(asked), 65_535)), tcp: overTcp },
    goodMx,
  ],
  [
    'sends 60 KB over UDP: asked over TCP',
    { udp: (asked, send) => send(Buffer.concat([reply(asked), Buffer.alloc(60_000)])), tcp: overTcp },
    goodMx,
  ],
  [
    'sends a pointer bomb over UDP: asked over TCP',
    { udp: (asked, send) => send(pointerBomb(asked, 4000)), tcp: overTcp },
    goodMx,
  ],
  [
    'slips in records of another name',
    {
      udp: (asked, send) =>
        send(
          reply(asked, { answers: [mx('other.test', 1, 'evil.test'), ...(asked.type === 'MX' ? good : [])] }),
        ),
    },
    goodMx,
  ],
  [
    'gives records of another name only',
    { udp: (asked, send) => send(reply(asked, { answers: [mx('other.test', 1, 'evil.test')] })) },
    { kind: 'no-mail' },
  ],
  [
    'gives records of another class',
    {
      udp: (asked, send) =>
        send(reply(asked, { answers: good.map((record) => ({ ...record, class: 'CH' }) as Answer) })),
    },
    { kind: 'no-mail' },
  ],
  [
    'leads through an alias',
    {
      udp: (asked, send) =>
        send(reply(asked, { answers: [cname(domain, 'b.test'), mx('b.test', 10, 'mx.victim.test')] })),
    },
    goodMx,
  ],
  [
    'leads in a circle of aliases',
    {
      udp: (asked, send) =>
        send(reply(asked, { answers: [cname(domain, 'b.test'), cname('b.test', domain)] })),
    },
    { kind: 'no-mail' },
  ],
  [
    'leads through twenty aliases',
    { udp: (asked, send) => send(reply(asked, { answers: aliases(20) })) },
    { kind: 'no-mail' },
  ],
  [
    'gives half an address',
    { udp: (asked, send) => send(asked.type === 'A' ? shortAddress(asked.id) : reply(asked)) },
    unknown('malformed'),
  ],
  ['refuses', { udp: (asked, send) => send(reply(asked, { flags: refusedFlag })) }, unknown('refused')],
  [
    'does not know EDNS (FORMERR)',
    { udp: (asked, send) => send(reply(asked, { flags: 1 })) },
    unknown('servfail'),
  ],
  [
    'has an rcode that nobody knows',
    { udp: (asked, send) => send(reply(asked, { flags: 15 })) },
    unknown('servfail'),
  ],
  [
    'gives 400 MX',
    {
      udp: cut,
      tcp: (asked, socket) => {
        const many = Array.from({ length: 400 }, (_, at) =>
          mx('', 10, `${String(at).padStart(4, '0')}.test`),
        );
        socket.end(
          framed(reply(asked, { answers: many.map((record) => ({ ...record, name: domain }) as Answer) })),
        );
      },
    },
    { kind: 'hosts', hosts: expect.objectContaining({ length: mostMxHosts }), omitted: 400 - mostMxHosts },
  ],
  [
    'gives 64 KB over TCP',
    {
      udp: cut,
      tcp: (asked, socket) => socket.end(framed(Buffer.concat([reply(asked), Buffer.alloc(65_000)]), 65_040)),
    },
    unknown('malformed'),
  ],
  [
    'sends a pointer bomb over TCP',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(pointerBomb(asked, 16_384))) },
    unknown('malformed'),
  ],
  ['pours without end over TCP', { udp: cut, tcp: (_, socket) => pour(socket) }, unknown('malformed')],
  [
    'gives an empty message over TCP',
    { udp: cut, tcp: (_, socket) => socket.end(framed(Buffer.alloc(0))) },
    unknown('malformed'),
  ],
  [
    'sends garbage over TCP',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(garbage(asked.id, 500))) },
    unknown('malformed'),
  ],
  [
    'forges the id over TCP',
    {
      udp: cut,
      tcp: (asked, socket) => socket.end(framed(reply(asked, { id: asked.id ^ 1, answers: good }))),
    },
    unknown('malformed'),
  ],
  [
    'cuts off over TCP too',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(reply(asked, { flags: truncated }))) },
    unknown('malformed'),
  ],
  ['hangs over TCP', { udp: cut }, timedOut],
  [
    'drips over TCP',
    { udp: cut, tcp: (asked, socket) => drip(socket, framed(reply(asked, { answers: good }))) },
    timedOut,
  ],
  ['resets on connect', { udp: cut, accept: (socket) => socket.resetAndDestroy() }, unknown('unreachable')],
  [
    'resets after half an answer',
    {
      udp: cut,
      tcp: (asked, socket) =>
        socket.write(framed(reply(asked, { answers: good })).subarray(0, 20), () => socket.resetAndDestroy()),
    },
    unknown('unreachable'),
  ],
  ['closes without an answer', { udp: cut, tcp: (_, socket) => socket.end() }, unknown('unreachable')],
  [
    'closes after half an answer',
    { udp: cut, tcp: (asked, socket) => socket.end(framed(reply(asked, { answers: good })).subarray(0, 20)) },
    unknown('unreachable'),
  ],
  [
    'answers in two pieces over TCP',
    { udp: cut, tcp: (asked, socket) => pieces(socket, framed(reply(asked, { answers: good }))) },
    goodMx,
  ],
];

function cut(asked: Parameters<typeof reply>[0], send: (bytes: Buffer) => void): void {
  send(reply(asked, { flags: truncated }));
}

function garbage(id: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, 0xc7);
  bytes.writeUInt16BE(id);
  bytes.writeUInt16BE(0x8000, 2);
  return bytes;
}

function cutOff(message: Buffer): Buffer {
  return message.subarray(0, message.length - 7);
}

function counting(message: Buffer, count: number): Buffer {
  message.writeUInt16BE(count, 6);
  return message;
}

function aliases(count: number): Answer[] {
  const names = [domain, ...Array.from({ length: count }, (_, at) => `a${at}.test`)];
  const chain = names.slice(1).map((name, at) => cname(names[at] ?? domain, name));
  return [...chain, mx(names.at(-1) ?? domain, 1, 'mx.victim.test')];
}

/** An A record with two octets of address, which dns-packet reads as "1.2.undefined.undefined". */
function shortAddress(id: number): Buffer {
  const query = { questions: [{ name: domain, type: 'A' as const }] };
  const message = reply(
    { query, id, name: domain },
    { answers: [{ type: 'A', name: domain, class: 'IN', ttl: 60, data: '192.0.2.1' }] },
  );
  message.writeUInt16BE(2, message.length - 6);
  return message.subarray(0, message.length - 2);
}

function pour(socket: Socket): void {
  const flood = Buffer.alloc(65_536, 0xff);
  const more = () => {
    while (socket.writable && socket.write(flood));
  };
  socket.on('drain', more);
  more();
}

function drip(socket: Socket, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, 20);
  socket.once('close', () => clearInterval(timer));
}

function pieces(socket: Socket, bytes: Buffer): void {
  socket.setNoDelay(true);
  socket.write(bytes.subarray(0, 1), () => setImmediate(() => socket.end(bytes.subarray(1))));
}

describe.concurrent('a server that', () => {
  test.each(cases)('%s', async (_, behaviour, seen) => {
    const timeoutMs = seen === timedOut ? shortMs : long;
    const { mx: observed, durationMs } = await look(behaviour, timeoutMs);
    expect(observed).toEqual(seen);
    expect(durationMs).toBeLessThan(timeoutMs + slackMs);
  });
});

describe.concurrent('names that an MX record may hold', () => {
  test.each([
    ['a\nb.test', 'a\\010b.test'],
    ['\u001b[31mred.test', '\\027[31mred.test'],
    ['<!channel>.test', '<!channel>.test'],
    ['\u202etset.test', '\\226\\128\\174tset.test'],
    ['bücher.test', 'b\\195\\188cher.test'],
    ['has space.test', 'has\\032space.test'],
    ['-hyphen.test', '-hyphen.test'],
    ['*.test', '*.test'],
    ['2001:db8::1', '2001:db8::1'],
  ])('%j is told, and not used', async (exchange, name) => {
    const { mx: observed } = await look({
      udp: (asked, send) => send(reply(asked, { answers: [mx(domain, 1, exchange)] })),
    });
    expect(observed).toEqual({
      kind: 'hosts',
      hosts: [],
      unusable: [{ preference: 1, name, why: expect.any(String) }],
    });
  });

  test('the same host twice stands once, at its better place', async () => {
    const answers = [
      mx(domain, 30, 'b.test'),
      mx(domain, 20, 'A.test'),
      mx(domain, 10, 'b.test'),
      mx(domain, 20, 'a.test'),
    ];
    const { mx: observed } = await look({ udp: (asked, send) => send(reply(asked, { answers })) });
    expect(observed).toEqual({
      kind: 'hosts',
      hosts: [
        { preference: 10, host: 'b.test' },
        { preference: 20, host: 'a.test' },
      ],
    });
  });
});

describe.concurrent('resolvers', () => {
  test('a lost datagram is made up for', async () => {
    const { mx: observed, durationMs } = await look(
      { udp: (asked, send) => asked.earlier > 0 && send(reply(asked, { answers: good })) },
      long,
    );
    expect(observed).toEqual(goodMx);
    expect(durationMs).toBeLessThan(long);
  });

  test('a failure that passes is asked again', async () => {
    const { mx: observed } = await look(
      {
        udp: (asked, send) =>
          send(asked.earlier > 0 ? reply(asked, { answers: good }) : reply(asked, { flags: 2 })),
      },
      long,
    );
    expect(observed).toEqual(goodMx);
  });

  test.each<[string, HostileBehaviour]>([
    ['is silent', {}],
    ['fails', { udp: (asked, send) => send(reply(asked, { flags: 2 })) }],
    ['refuses', { udp: (asked, send) => send(reply(asked, { flags: refusedFlag })) }],
    ['hangs over TCP', { udp: cut }],
  ])('the second one answers when the first one %s', async (_, behaviour) => {
    const first = await createHostileDns(behaviour);
    const second = await createHostileDns({ udp: (asked, send) => send(reply(asked, { answers: good })) });
    const { mx: observed, durationMs } = await lookupMx(domain, network(first, second), { timeoutMs: long });
    await Promise.all([first.stop(), second.stop()]);
    expect(observed).toEqual(goodMx);
    expect(durationMs).toBeLessThan(long);
  });

  test('what one of them said weighs more than the silence of another', async () => {
    const [silent, failing] = [
      await createHostileDns({}),
      await createHostileDns({ udp: (asked, send) => send(reply(asked, { flags: 2 })) }),
    ];
    const { mx: observed } = await lookupMx(domain, network(silent, failing), { timeoutMs: 1000 });
    await Promise.all([silent.stop(), failing.stop()]);
    expect(observed).toEqual(unknown('servfail'));
  });

  test('nobody listens', async () => {
    const gone = await createHostileDns({});
    await gone.stop();
    const { mx: observed, durationMs } = await lookupMx(domain, network(gone), { timeoutMs: long });
    expect(observed).toEqual(unknown('unreachable'));
    expect(durationMs).toBeLessThan(long);
  });

  test('there are none', async () => {
    expect((await lookupMx(domain, network(), { timeoutMs: long })).mx).toEqual(unknown('unreachable'));
  });

  test('CONNECT_TO leads elsewhere', async () => {
    const real = await createHostileDns({ udp: (asked, send) => send(reply(asked, { answers: good })) });
    const routed: Network = {
      resolvers: [{ address: '192.0.2.53', port: 53 }],
      probeAllow: [],
      connectTo: new Map([['192.0.2.53:53', real]]),
      ehloName: 'check.example.net',
    };
    const { mx: observed } = await lookupMx(domain, routed, { timeoutMs: long });
    await real.stop();
    expect(observed).toEqual(goodMx);
  });

  test('an answer from another port than the one asked is not heard', async () => {
    const stranger = createSocket('udp4').bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    const evil = [mx(domain, 1, 'evil.test')];
    const { mx: observed } = await look({
      udp: (asked, send) =>
        stranger.send(reply(asked, { answers: evil }), asked.from?.port ?? 0, '127.0.0.1', () =>
          send(reply(asked, { answers: good })),
        ),
    });
    stranger.close();
    expect(observed).toEqual(goodMx);
  });

  test('whoever asked may stop waiting', async () => {
    const stop = new AbortController();
    const server = await createHostileDns({ udp: () => stop.abort() });
    const { mx: observed, durationMs } = await lookupMx(domain, network(server), {
      timeoutMs: long,
      signal: stop.signal,
    });
    await server.stop();
    expect(observed).toEqual(unknown('timeout'));
    expect(durationMs).toBeLessThan(long);
  });

  test('a limit that is over before anything was asked', async () => {
    const server = await createHostileDns({});
    const { mx: observed } = await lookupMx(domain, network(server), {
      timeoutMs: long,
      signal: AbortSignal.abort(),
    });
    await server.stop();
    expect(observed).toEqual(unknown('timeout'));
  });

  test('no two questions carry the same id and port', async () => {
    const seen = new Set<string>();
    await look({ udp: ({ id, from }) => seen.add(`${id} ${from?.port}`) }, 1500);
    expect(seen.size).toBe(3);
  });
});
