/**
 * A hostile internet for whole looks: DNS that answers by a function, one mail server and one web server that
 * stand at all addresses of documentation, and a process that looks at it (looking-process.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Answer, encode } from 'dns-packet';
import { createAuthority } from '../../src/local/internet/authority.ts';
import type { Figures, LookingTask } from './looking-process.ts';
import {
  type Asked,
  authoritativeFlag,
  createHostileDns,
  framed,
  type HostileDns,
  mx,
  rcodes,
  reply,
  truncatedFlag,
  txt,
} from './probes/hostile-dns.ts';
import { createHostileHttps, type HostileHttps, type HostileHttpsBehaviour } from './probes/hostile-https.ts';
import { createHostileSmtp, type HostileSmtp, type SmtpBehaviour } from './probes/hostile-smtp.ts';

/** What DNS says to a question: records, octets as they stand, or nothing at all. Undefined: no such name. */
export type Zone = (asked: Asked) => readonly Answer[] | Buffer | 'silent' | undefined;

export interface Attack {
  readonly zone: Zone;
  readonly mail?: SmtpBehaviour;
  readonly web?: HostileHttpsBehaviour;
  /** The one address that anybody may connect to; whatever else is dialled is caught in the trap. */
  readonly onlyAt?: string;
}

export interface Attackers {
  /** For the process that looks. */
  readonly env: Readonly<Record<string, string>>;
  readonly dns: HostileDns;
  readonly mail: HostileSmtp;
  readonly web: HostileHttps;
  readonly questions: () => number;
  /** Connections and datagrams that went where none may go. */
  readonly caught: () => number;
  stop(): Promise<void>;
}

/** RFC 5737, RFC 3849. */
const documentationBlocks = '192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32';
/** As much as a question asks for over UDP. */
const longestDatagram = 1232;

export async function createAttackers({
  zone,
  mail = () => {},
  web = {},
  onlyAt,
}: Attack): Promise<Attackers> {
  let questions = 0;
  const answer = (asked: Asked) => {
    questions += 1;
    const said = zone(asked);
    if (said === 'silent' || Buffer.isBuffer(said)) return said;
    const flags = authoritativeFlag | (said === undefined ? rcodes.nameError : 0);
    return reply(asked, { flags, answers: [...(said ?? [])] });
  };
  const dns = await createHostileDns({
    udp: (asked, send) => {
      const said = answer(asked);
      if (said === 'silent') return;
      send(said.length > longestDatagram ? reply(asked, { flags: truncatedFlag }) : said);
    },
    tcp: (asked, socket) => {
      const said = answer(asked);
      if (said !== 'silent') socket.end(framed(said));
    },
  });
  let caught = 0;
  const spring = () => {
    caught += 1;
  };
  const trap = await createHostileDns({ udp: spring, accept: spring });
  const [mailServer, webServer] = await Promise.all([createHostileSmtp(mail), createHostileHttps(web)]);
  return {
    dns,
    mail: mailServer,
    web: webServer,
    questions: () => questions,
    caught: () => caught,
    env: {
      DNS_RESOLVERS: `127.0.0.1:${dns.port}`,
      PROBE_ALLOW: documentationBlocks,
      EHLO_NAME: 'check.example.net',
      // Nothing leaves this machine, whatever address the zone makes up.
      CONNECT_TO: (
        [
          [53, dns],
          [25, mailServer],
          [443, webServer],
          [80, webServer],
        ] as const
      )
        .flatMap(([port, { port: to }]) =>
          onlyAt === undefined
            ? [`*:${port}=127.0.0.1:${to}`]
            : [`${onlyAt}:${port}=127.0.0.1:${to}`, `*:${port}=127.0.0.1:${trap.port}`],
        )
        .join(','),
    },
    async stop() {
      await Promise.all([dns.stop(), mailServer.stop(), webServer.stop(), trap.stop()]);
    },
  };
}

const node = process.execPath;
const script = fileURLToPath(new URL('looking-process.ts', import.meta.url));

export interface Outside {
  /** One task after the other, in the order in which they are given. Throws when the process ends instead. */
  look(task: LookingTask): Promise<Figures>;
  stop(): Promise<void>;
}

/** A process of its own that looks; `descriptors` is what the system lets it have open. */
export function startOutside({ descriptors }: { readonly descriptors?: number } = {}): Outside {
  const args = ['--expose-gc', '--disable-warning=ExperimentalWarning', script];
  // The shell's own words stand before the arguments, which it does not read.
  const [file, words] =
    descriptors === undefined
      ? [node, args]
      : ['sh', ['-c', `ulimit -n ${descriptors} && exec "$0" "$@"`, node, ...args]];
  const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  // What is written to a process that has ended is missed where its answer is waited for.
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    look(task) {
      const figures = turn.then(async () => {
        child.stdin.write(`${JSON.stringify(task)}\n`);
        const { value, done } = await answers.next();
        if (done === true) throw new Error(`The process that looks ended: ${String(await ended)}`);
        return JSON.parse(value) as Figures;
      });
      turn = figures.catch(() => undefined);
      return figures;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** An answer with as many records as fit into so many octets, each name of a record two octets long. */
export function packed({ id, name, type }: Asked, octets: number, data: (at: number) => Buffer): Buffer {
  const head = encode({
    type: 'response',
    id,
    flags: authoritativeFlag,
    questions: [{ name, type: type as 'A' }],
  });
  const records: Buffer[] = [];
  const asked = head.readUInt16BE(head.length - 4);
  for (let length = head.length, at = 0; ; at += 1) {
    const value = data(at);
    const record = Buffer.concat([Buffer.from('c00c000000010000000e0000', 'hex'), value]);
    record.writeUInt16BE(asked, 2);
    record.writeUInt16BE(value.length, 10);
    length += record.length;
    if (length > octets) break;
    records.push(record);
  }
  head.writeUInt16BE(records.length, 6);
  return Buffer.concat([head, ...records]);
}

/** Data of an MX record whose host is one label below the name that was asked. */
export function mxBelow(at: number): Buffer {
  const label = Buffer.from(`m${at}`);
  return Buffer.concat([Buffer.from([at >> 8, at & 255, label.length]), label, Buffer.from('c00c', 'hex')]);
}

export function a(name: string, address: string): Answer {
  return { type: 'A', name, class: 'IN', ttl: 0, data: address };
}

export function aaaa(name: string, address: string): Answer {
  return { type: 'AAAA', name, class: 'IN', ttl: 0, data: address };
}

export function ns(name: string, server: string): Answer {
  return { type: 'NS', name, class: 'IN', ttl: 0, data: server };
}

const recordText = 'v=STSv1; id=20261101T080000Z;';
const reportsText = 'v=TLSRPTv1; rua=mailto:tls-reports@reports.test';

/** A zone that is whole but for what the attack changes: fifty mail hosts with eight addresses each, and so on. */
export function wholeZone(
  domain: string,
  change: Zone,
  { hosts = 50, addresses = 8 }: { readonly hosts?: number; readonly addresses?: number } = {},
): Zone {
  return (asked) => {
    const changed = change(asked);
    if (changed !== undefined) return changed;
    const { name, type } = asked;
    if (type === 'MX' && name === domain)
      return Array.from({ length: hosts }, (_, at) => mx(name, at, `mx${at}.${domain}`));
    if (type === 'TXT' && name === `_mta-sts.${domain}`) return [txt(name, recordText)];
    if (type === 'TXT' && name === `_smtp._tls.${domain}`) return [txt(name, reportsText)];
    if (type === 'NS' && name === domain) return [ns(name, `ns1.${domain}`)];
    const host = Number(/^mx([0-9]+)\./.exec(name)?.[1] ?? 255);
    if (type === 'A' && (host < hosts || name.startsWith('mta-sts.')))
      return Array.from({ length: addresses }, (_, at) =>
        a(name, `${blocks[at % 3]}.${(host * 3 + at) % 256}`),
      );
    return name.endsWith(domain) ? [] : undefined;
  };
}

const blocks = ['192.0.2', '198.51.100', '203.0.113'];

const authority = createAuthority();

/** A certificate of an authority that nobody knows, with these names. */
export async function certificateFor(names: readonly string[]): Promise<{ key: string; cert: string }> {
  const { key, chain } = await (await authority).issue({ names });
  return { key, cert: chain };
}
