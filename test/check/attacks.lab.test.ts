/**
 * Whole looks at domains whose every server is an enemy, over real sockets and from a process of its own: a
 * look ends in time, costs bounded memory and sockets, holds up nobody beside it, and leaves nothing behind.
 * What each probe does with each misbehaviour is in probes/; judging alone is in heavy-observations.test.ts.
 */
import { randomInt } from 'node:crypto';
import type { Answer } from 'dns-packet';
import { afterAll, describe, expect, test } from 'vitest';
import { full, some } from '../runs.ts';
import {
  type Attack,
  a,
  aaaa,
  certificateFor,
  createAttackers,
  mxBelow,
  ns,
  type Outside,
  packed,
  startOutside,
  wholeZone,
  type Zone,
} from './attackers.ts';
import type { Figures } from './looking-process.ts';
import { cname, mx, pointerBomb, raw, txt } from './probes/hostile-dns.ts';
import { drip, flood } from './probes/hostile-https.ts';
import { honestMail } from './probes/hostile-smtp.ts';

const domain = 'enemy.test';
/** Of one look, instead of thirty seconds: what is silent is silent after one as well. */
const timeoutMs = full ? 8000 : 1000;
/** What is under way when the time is over may still end, on a machine with other work. */
const slackMs = 3000;
/** Longest that nothing else may run: judging the worst observation, and a machine that gives its processor to others. */
const blockedMsMax = 1000;
/** Of one look from outside, loaded modules included. */
const peakMbMax = 300;
/** Of one look: sessions with mail hosts, each tried again at most once; fetches, further handshakes and requests. */
const mailConnectionsMax = 2 * 100;
const webConnectionsMax = 16 * 2 + 1 + 5;
/** Of one look: every name there is to ask for, and repeated three times. */
const questionsMax = 1000;
/** What modules and caches keep that are first used during the looks. */
const grownMbMax = 40;

/** In the full run as many as the terminal lets run at once. */
const atOnce = full ? 40 : 5;
/** In the full run more than anything lets run at once. */
const farMore = full ? 300 : 30;
/** Of each look while it runs; the dearest are fifty hosts with 60 KB of certificates each. */
const eachMbMax = 30;

const long = (start: string, octets: number, line: (at: number) => string) => {
  const lines = [start];
  for (let length = start.length, at = 0; ; at += 1) {
    const next = line(at);
    length += next.length;
    if (length > octets) return lines.join('');
    lines.push(next);
  }
};

/** As many as a message of so many octets holds. */
function filling(octets: number, each: number, make: (at: number) => Answer): Answer[] {
  return Array.from({ length: Math.floor((octets - 100) / each) }, (_, at) => make(at));
}

const policyHead = 'version: STSv1\nmode: enforce\nmax_age: 604800\n';
const hugePolicy = (line: (at: number) => string) => long(policyHead, 65_536, line);

function page(body: string, headers = 'Content-Type: text/plain\r\n'): string {
  return `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const web = await certificateFor([`mta-sts.${domain}`]);
/** As many names as a handshake carries: node takes 100 KB of certificates. */
const manyNames = await certificateFor(
  Array.from(
    { length: 500 },
    (_, at) => `${String(at).padStart(4, '0')}${'n'.repeat(50)}.${'m'.repeat(60)}.${domain}`,
  ),
);

/** Endless, and different for each question. */
const randomAliases = (name: string): Answer[] => {
  const names = [name, ...Array.from({ length: 20 }, () => `${randomInt(2 ** 40).toString(36)}.${domain}`)];
  return names.slice(1).map((target, at) => cname(names[at] ?? name, target));
};

const attacks: Readonly<Record<string, Attack>> = {
  'as many MX records as an answer may hold (750 in 16 KB)': {
    zone: wholeZone(domain, (asked) =>
      asked.type === 'MX' && asked.name === domain ? packed(asked, 16_384, mxBelow) : undefined,
    ),
  },
  'as many MX records as DNS can carry (2,900 in 64 KB)': {
    zone: wholeZone(domain, (asked) =>
      asked.type === 'MX' && asked.name === domain ? packed(asked, 65_535, mxBelow) : undefined,
    ),
  },
  'a thousand IPv4 and five hundred IPv6 addresses for every host': {
    zone: wholeZone(domain, (asked) => {
      if (!/^(?:mx|mta-sts)/.test(asked.name)) return undefined;
      if (asked.type === 'A') return packed(asked, 16_384, (at) => Buffer.from([203, 0, 113, at & 255]));
      if (asked.type !== 'AAAA') return undefined;
      return packed(asked, 16_384, (at) => {
        const address = Buffer.from('20010db8000000000000000000000000', 'hex');
        address.writeUInt16BE(at, 14);
        return address;
      });
    }),
    web: { tls: web, answer: (socket) => socket.end(page(policyHead)) },
    mail: honestMail(web),
  },
  'fifty hosts at eight addresses, all silent': { zone: wholeZone(domain, () => undefined) },
  'fifty hosts at eight addresses, all dripping': {
    zone: wholeZone(domain, () => undefined),
    mail: ({ socket }) => drip(socket, '220-still here\r\n', 20),
    web: { tls: web, secured: (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX: ', 20) },
  },
  'fifty hosts at eight addresses, all resetting': {
    zone: wholeZone(domain, () => undefined),
    mail: ({ socket }) => void socket.resetAndDestroy(),
    web: { accept: (socket) => socket.resetAndDestroy() },
  },
  'a reply without an end from every mail host, headers without an end from the web host': {
    zone: wholeZone(domain, () => undefined),
    mail: async (peer) => {
      peer.say('220 hello\r\n');
      await peer.heard();
      flood(peer.socket, `250-${'x'.repeat(500)}\r\n`.repeat(20));
    },
    web: { tls: web, answer: (socket) => flood(socket, `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(500)}`) },
  },
  'certificates of 60 KB from every mail host': {
    zone: wholeZone(domain, () => undefined),
    mail: honestMail(manyNames),
    web: { tls: manyNames, answer: (socket) => socket.end(page(policyHead)) },
  },
  'aliases without an end': { zone: ({ name }) => randomAliases(name) },
  'name servers that all hang': {
    zone: ({ name, type }) => {
      if (type === 'MX' && name === domain)
        return Array.from({ length: 50 }, (_, at) => mx(name, at, `mx${at}.${domain}`));
      return type === 'NS' && name === domain ? [ns(name, `ns1.${domain}`)] : 'silent';
    },
  },
  'fifteen KB of TXT at every name': {
    zone: wholeZone(domain, ({ name, type }) =>
      type === 'TXT'
        ? filling(15_000, 46, (at) => txt(name, `v=STSv1; id=${at};`, 'x;'.repeat(8)))
        : undefined,
    ),
  },
  'one TXT record of 15 KB': {
    zone: wholeZone(domain, ({ name, type }) =>
      type === 'TXT'
        ? [txt(name, ...Array.from({ length: 58 }, (_, at) => (at === 0 ? 'v=STSv1;' : 'a=;'.repeat(85))))]
        : undefined,
    ),
  },
  'chains of pointers in every answer': {
    zone: wholeZone(domain, (asked) => (asked.type === 'MX' ? undefined : pointerBomb(asked, 16_000))),
  },
  'two hundred and fifty TLSA records for every host': {
    zone: wholeZone(domain, ({ name, type }) =>
      type === 'TLSA' ? filling(16_000, 60, () => raw(52, name, `020100${'00'.repeat(20)}`)) : undefined,
    ),
    mail: honestMail(web),
  },
  'a policy of thousands of patterns at sixteen addresses, all under one free name': {
    zone: wholeZone(domain, ({ name, type }) => {
      if (type === 'NS' && name === 'free.test') return undefined;
      if (!name.startsWith('mta-sts.') || type !== 'A') return undefined;
      return Array.from({ length: 16 }, (_, at) => a(name, `192.0.2.${at + 1}`));
    }),
    mail: honestMail(web),
    web: {
      tls: web,
      answer: (socket) => socket.end(page(hugePolicy((at) => `mx: ${at.toString(36)}.free.test\n`))),
    },
  },
  'another policy of 64 KB at each of sixteen addresses': {
    zone: wholeZone(domain, ({ name, type }) =>
      name.startsWith('mta-sts.') && type === 'A'
        ? Array.from({ length: 16 }, (_, at) => a(name, `192.0.2.${at + 1}`))
        : undefined,
    ),
    mail: honestMail(web),
    web: {
      tls: web,
      answer: (socket) => {
        const own = randomInt(2 ** 40).toString(36);
        socket.end(page(hugePolicy((at) => `mx: *.${own}${at}.co\n`)));
      },
    },
  },
  'reports to thousands of addresses': {
    zone: wholeZone(domain, ({ name, type }) =>
      type === 'TXT' && name.startsWith('_smtp._tls')
        ? [
            txt(
              name,
              ...(long('v=TLSRPTv1;rua=', 14_000, (at) => `mailto:r@${at.toString(36)}.test,`).match(
                /.{1,255}/gs,
              ) ?? []),
            ),
          ]
        : undefined,
    ),
  },
};

interface Row {
  readonly name: string;
  readonly at: string;
  readonly figures: Figures;
  readonly questions: number;
  readonly connections: { readonly mail: number; readonly web: number };
}
const rows: Row[] = [];

/** In the full run each attack has a process of its own, so that its memory is that of no other. */
let outside: Outside | undefined;
afterAll(() => outside?.stop());

async function underAttack(name: string, attack: Attack, domains: readonly string[]): Promise<Row> {
  const attackers = await createAttackers(attack);
  try {
    outside ??= startOutside();
    const figures = await outside.look({ env: attackers.env, domains, timeoutMs });
    const connections = { mail: attackers.mail.heard.length, web: attackers.web.connections() };
    const row = { name, at: `${domains.length}`, figures, questions: attackers.questions(), connections };
    rows.push(row);
    return row;
  } finally {
    if (full) {
      await outside?.stop();
      outside = undefined;
    }
    await attackers.stop();
  }
}

function table(): string {
  const head = 'looks  longest  blocked  cpu each  peak     grown   json     sockets  questions  attack';
  const lines = rows.map(({ name, at, questions, figures }) => {
    const { longestMs, blockedMs, cpuMs, peakMb, grownMb, largestJsonKb, mostSockets, looks } = figures;
    return [
      at.padEnd(6),
      `${longestMs} ms`.padEnd(8),
      `${blockedMs} ms`.padEnd(8),
      `${Math.round(cpuMs / looks.length)} ms`.padEnd(9),
      `${peakMb} MB`.padEnd(8),
      `${grownMb} MB`.padEnd(7),
      `${largestJsonKb} KB`.padEnd(8),
      String(mostSockets).padEnd(8),
      String(Math.round(questions / looks.length)).padEnd(10),
      name,
    ].join(' ');
  });
  return [head, ...lines].join('\n');
}

describe('one look at', () => {
  test.each(some(Object.entries(attacks)))('%s', async (name, attack) => {
    const { figures, questions, connections } = await underAttack(name, attack, [domain]);
    expect(figures.looks.map(({ error }) => error)).toEqual([undefined]);
    // A machine that gives its processor to others holds up the end as well.
    expect(figures.longestMs).toBeLessThan(timeoutMs + slackMs + figures.blockedMs);
    expect(figures.left).toEqual([]);
    if (full) expect(figures.blockedMs).toBeLessThan(blockedMsMax);
    expect(figures.peakMb).toBeLessThan(peakMbMax);
    expect(figures.grownMb).toBeLessThan(grownMbMax);
    expect(questions).toBeLessThan(questionsMax);
    expect(connections.mail).toBeLessThanOrEqual(mailConnectionsMax);
    expect(connections.web).toBeLessThanOrEqual(webConnectionsMax);
  });
});

describe('many looks at once', () => {
  const worst = [
    'fifty hosts at eight addresses, all dripping',
    'name servers that all hang',
    'certificates of 60 KB from every mail host',
    'a policy of thousands of patterns at sixteen addresses, all under one free name',
  ];

  test.each(full ? worst : worst.slice(0, 2))('%s', async (name) => {
    const attack = attacks[name];
    if (attack === undefined) throw new Error(`No attack of the name ${name}`);
    const { figures } = await underAttack(
      name,
      attack,
      Array.from({ length: atOnce }, () => domain),
    );
    expect(figures.looks.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(figures.left).toEqual([]);
    expect(figures.peakMb).toBeLessThan(peakMbMax + atOnce * eachMbMax);
  });

  test(`${farMore} looks at ${farMore} domains of three hosts that drip`, async () => {
    const name = `${farMore} domains of three hosts that drip`;
    const zone: Zone = ({ name: asked, type }) => {
      const [, label = '', at = '0'] = /(?:^|^(mx[0-9]|mta-sts)\.)d([0-9]+)\.test$/.exec(asked) ?? [];
      if (type === 'MX') return [0, 1, 2].map((host) => mx(asked, host, `mx${host}.${asked}`));
      // Each has addresses of its own, or the door would let the first look through and no other.
      if (type !== 'AAAA' || label === '') return [];
      return [
        aaaa(
          asked,
          `2001:db8:${Number(at).toString(16)}::${label.length}${label.at(-1) === 's' ? 9 : label.at(-1)}`,
        ),
      ];
    };
    const attack = { ...attacks['fifty hosts at eight addresses, all dripping'], zone };
    const domains = Array.from({ length: farMore }, (_, at) => `d${at}.test`);
    const { figures } = await underAttack(name, attack, domains);
    expect(figures.looks.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(figures.left).toEqual([]);
    expect(figures.peakMb).toBeLessThan(peakMbMax + farMore * 1);
  });
});

test('a look on a machine that runs out of descriptors fails, and the process goes on', async () => {
  const attack = attacks['name servers that all hang'];
  if (attack === undefined) throw new Error('No attack of that name');
  const attackers = await createAttackers(attack);
  const confined = startOutside({ descriptors: 200 });
  try {
    const domains = Array.from({ length: 5 }, () => domain);
    const figures = await confined.look({ env: attackers.env, domains, timeoutMs });
    expect(figures.looks.filter(({ error }) => error?.includes('EMFILE')).length).toBeGreaterThan(0);
    expect(figures.left).toEqual([]);
  } finally {
    await confined.stop();
    await attackers.stop();
  }
});

afterAll(() => {
  process.stdout.write(`${table()}\n`);
});
