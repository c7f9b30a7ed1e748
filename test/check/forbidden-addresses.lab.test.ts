/**
 * Whatever DNS, records and headers say, a look connects to nothing but what the door let through: proved by
 * every socket of the process that looks, and by a trap behind all other addresses. Which addresses those
 * are is in probes/address-guard.test.ts.
 */
import type { Answer } from 'dns-packet';
import { afterAll, describe, expect, test } from 'vitest';
import { mostConnections } from '../../src/check/probes/door.ts';
import { full } from '../runs.ts';
import {
  type Attack,
  a,
  aaaa,
  certificateFor,
  createAttackers,
  ns,
  startOutside,
  type Zone,
} from './attackers.ts';
import { cname, mx, txt } from './probes/hostile-dns.ts';
import type { HostileHttpsBehaviour } from './probes/hostile-https.ts';
import { honestMail } from './probes/hostile-smtp.ts';

const domain = 'enemy.test';
const policyHost = `mta-sts.${domain}`;
/** The one place where servers stand. */
const ours = '192.0.2.1';
/** Documentation as well, so that the guard lets it through, and nobody has anything to look for there. */
const elsewhere = '192.0.2.77';
const timeoutMs = 3000;

const certificate = await certificateFor([policyHost, `mx.${domain}`]);
const policy = `version: STSv1\nmode: enforce\nmx: mx.${domain}\nmax_age: 604800\n`;

const mail = honestMail(certificate);

function serving(status: string, headers: string, body: string): HostileHttpsBehaviour {
  return {
    tls: certificate,
    answer: (socket) =>
      socket.end(`HTTP/1.1 ${status}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`),
  };
}

/** Everything at `ours`, but for what the attack changes. */
function zone(
  change: Zone,
  record = 'v=STSv1; id=1;',
  reports = 'v=TLSRPTv1; rua=mailto:r@reports.test',
): Zone {
  return (asked) => {
    const changed = change(asked);
    if (changed !== undefined) return changed;
    const { name, type } = asked;
    const found: Record<string, Answer[]> = {
      [`MX ${domain}`]: [mx(domain, 10, `mx.${domain}`)],
      [`A mx.${domain}`]: [a(name, ours)],
      [`A ${policyHost}`]: [a(name, ours)],
      [`A ns1.${domain}`]: [a(name, ours)],
      [`NS ${domain}`]: [ns(domain, `ns1.${domain}`)],
      [`TXT _mta-sts.${domain}`]: [txt(name, record)],
      [`TXT _smtp._tls.${domain}`]: [txt(name, reports)],
    };
    return found[`${type} ${name}`] ?? (name.endsWith(domain) ? [] : undefined);
  };
}

/** The first answer is public, and whoever asks again gets another. */
function rebinding(address: string): Zone {
  const times = new Map<string, number>();
  return zone(({ name, type }) => {
    if (type !== 'A' || !name.endsWith(domain)) return undefined;
    const earlier = times.get(name) ?? 0;
    times.set(name, earlier + 1);
    return [a(name, earlier === 0 ? ours : address)];
  });
}

/** Every eighth in `npm test`, so at least one of each list; all of them in `npm run prove`. */
function sampled<T>(all: readonly T[]): readonly T[] {
  return full ? all : all.filter((_, at) => at % 8 === 0);
}

const everyHost = (answers: (name: string) => Answer[], wanted = 'A'): Zone =>
  zone(({ name, type }) =>
    type === wanted && /^(?:mx|mta-sts|ns1)\.|^enemy/.test(name) ? answers(name) : undefined,
  );

/** The guard is held to every block elsewhere (probes/address-guard.test.ts); these go the whole way. */
const inside = sampled([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
]);
const inside6 = sampled([
  '::1',
  '::',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::1',
  '2001:0:7f00:1::1',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  '2606:4700::5efe:7f00:1',
]);

interface Case {
  readonly attack: Omit<Attack, 'onlyAt'>;
  readonly env?: Readonly<Record<string, string>>;
  /** Requests over HTTP that may have come, at most. */
  readonly requests: readonly string[];
}

const get = 'GET /.well-known/mta-sts.txt';
const good = serving('200 OK', 'Content-Type: text/plain\r\n', policy);

const cases: Readonly<Record<string, Case>> = {
  'the first answer public, the next ones loopback': {
    attack: { zone: rebinding('127.0.0.1'), mail, web: serving('404 Not Found', '', 'no') },
    requests: [get, 'GET /mta-sts.txt', get, get],
  },
  'the first answer public, the next ones the metadata service': {
    attack: { zone: rebinding('169.254.169.254'), mail, web: serving('403 Forbidden', '', 'no') },
    requests: [get, 'GET /mta-sts.txt', get, get, get],
  },
  'A public and AAAA loopback': {
    attack: { zone: everyHost((name) => [aaaa(name, '::1')], 'AAAA'), mail, web: good },
    requests: [get],
  },
  'A public and loopback in one answer': {
    attack: {
      zone: everyHost((name) => [a(name, '127.0.0.1'), a(name, ours), a(name, '10.1.1.1')]),
      mail,
      web: good,
    },
    requests: [get],
  },
  'aliases that end at a private address': {
    attack: {
      zone: everyHost((name) => [
        cname(name, 'a.innocent.test'),
        cname('a.innocent.test', 'intranet.corp.test'),
        a('intranet.corp.test', '10.0.0.1'),
      ]),
    },
    requests: [],
  },
  ...Object.fromEntries(
    inside.map((address) => [
      `every host at ${address}`,
      { attack: { zone: everyHost((name) => [a(name, address)]) }, requests: [] },
    ]),
  ),
  ...Object.fromEntries(
    inside6.map((address) => [
      `every host at ${address}`,
      {
        attack: {
          zone: zone(({ name, type }) => {
            if (!/^(?:mx|mta-sts|ns1)\.|^enemy/.test(name)) return undefined;
            if (type === 'A') return [];
            return type === 'AAAA' ? [aaaa(name, address)] : undefined;
          }),
        },
        requests: [],
      },
    ]),
  ),
  'the control host at loopback': {
    attack: {
      zone: zone(({ name, type }) => {
        if (type === 'A' && /^(?:mx|control)\./.test(name)) return [a(name, '127.0.0.1')];
        return undefined;
      }),
      web: good,
    },
    env: { SMTP_CONTROL_HOST: `control.${domain}` },
    requests: [get],
  },
  'name servers at private addresses': {
    attack: {
      zone: zone(({ name, type }) => {
        if (type === 'NS') return ['a', 'b', 'c', 'd'].map((label) => ns(name, `${label}.ns.${domain}`));
        const at = ['a.ns', 'b.ns', 'c.ns', 'd.ns'].findIndex((label) => name.startsWith(label));
        return at >= 0 && type === 'A' ? [a(name, inside[at % inside.length] ?? '')] : undefined;
      }),
      mail,
      web: good,
    },
    requests: [get],
  },
  'reports to hosts that may be reached, at every port': {
    attack: {
      zone: zone(
        ({ name, type }) => {
          if (type === 'A' && name.startsWith('reports.')) return [a(name, elsewhere)];
          return type === 'MX' && name.startsWith('mail.') ? [mx(name, 1, `reports.${domain}`)] : undefined;
        },
        undefined,
        `v=TLSRPTv1; rua=https://reports.${domain}/v1,https://reports.${domain}:8443/x,mailto:r@mail.${domain},http://${elsewhere}/,https://127.0.0.1/,https://169.254.169.254/latest/meta-data/`,
      ),
      mail,
      web: good,
    },
    requests: [get],
  },
  'a record full of URLs': {
    attack: {
      zone: zone(() => undefined, `v=STSv1; id=1; url=https://${elsewhere}/; http://127.0.0.1/=1;`),
      mail,
      web: good,
    },
    requests: [get],
  },
  'a policy full of URLs': {
    attack: {
      zone: zone(() => undefined),
      mail,
      web: serving(
        '200 OK',
        'Content-Type: text/plain\r\nLink: <https://192.0.2.77/>; rel=preload\r\nRefresh: 0; url=http://192.0.2.77/\r\nAlt-Svc: h2="192.0.2.77:443"\r\n',
        `${policy}url: https://192.0.2.77/\nmx: http://127.0.0.1/\n`,
      ),
    },
    requests: [get],
  },
  ...Object.fromEntries(
    sampled([
      `https://${elsewhere}/.well-known/mta-sts.txt`,
      'http://127.0.0.1/',
      'http://169.254.169.254/latest/meta-data/',
      '//127.0.0.1/',
      `https://${policyHost}/other`,
      '/other',
      'file:///etc/passwd',
    ]).map((location) => [
      `Location: ${location}`,
      {
        attack: {
          zone: zone(() => undefined),
          mail,
          web: serving('302 Found', `Location: ${location}\r\n`, ''),
        },
        requests: [get],
      },
    ]),
  ),
};

/** What it dials is told of each task alone, once nothing of it is left. */
const outside = startOutside();
afterAll(() => outside.stop());

describe('nothing else is dialled:', () => {
  test.each(Object.entries(cases))('%s', async (_, { attack, env = {}, requests }) => {
    const attackers = await createAttackers({ ...attack, onlyAt: ours });
    try {
      const { dialled, looks, left } = await outside.look({
        env: { ...attackers.env, ...env },
        domains: [domain],
        timeoutMs,
      });
      expect(looks.map(({ error }) => error)).toEqual([undefined]);
      expect(attackers.caught()).toBe(0);
      const allowed = [
        `udp 127.0.0.1:${attackers.dns.port}`,
        `tcp 127.0.0.1:${attackers.dns.port}`,
        `tcp 127.0.0.1:${attackers.mail.port}`,
        `tcp 127.0.0.1:${attackers.web.port}`,
      ];
      expect(Object.keys(dialled).filter((endpoint) => !allowed.includes(endpoint))).toEqual([]);
      const asked = attackers.web.requests.map((request) => request.slice(0, request.indexOf(' HTTP/')));
      expect(requests).toEqual(expect.arrayContaining(asked));
      expect(asked.length).toBeLessThanOrEqual(requests.length);
      expect(left).toEqual([]);
    } finally {
      await attackers.stop();
    }
  });
});

test('the trap catches what goes anywhere else', async () => {
  const attackers = await createAttackers({ zone: everyHost((name) => [a(name, elsewhere)]), onlyAt: ours });
  try {
    await outside.look({ env: attackers.env, domains: [domain], timeoutMs });
    expect(attackers.caught()).toBeGreaterThan(0);
  } finally {
    await attackers.stop();
  }
});

test(`a host that ${mostConnections + 30} domains share is connected to ${mostConnections} times`, async () => {
  const domains = Array.from({ length: mostConnections + 30 }, (_, at) => `d${at}.test`);
  const attackers = await createAttackers({
    zone: ({ name, type }) => {
      if (type === 'MX') return [mx(name, 10, `mx.${domain}`)];
      return type === 'A' && name === `mx.${domain}` ? [a(name, ours)] : [];
    },
    mail,
    onlyAt: ours,
  });
  try {
    // Long enough for all of them on a busy machine: nobody is silent here.
    const { dialled } = await outside.look({ env: attackers.env, domains, timeoutMs: 25_000 });
    expect(dialled[`tcp 127.0.0.1:${attackers.mail.port}`]).toBe(mostConnections);
    expect(attackers.caught()).toBe(0);
  } finally {
    await attackers.stop();
  }
});
