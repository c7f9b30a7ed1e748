/**
 * The internet that runs on this machine: DNS, HTTPS, SMTP and a certificate authority. It publishes
 * documentation addresses, and the environment that it gives leads every probe here: nothing that a bot or
 * a terminal does with it leaves the machine.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { createAuthority } from './authority.ts';
import { type Certificates, createCertificates, tlsOptions } from './certificates.ts';
import { createDnsServer } from './dns-server.ts';
import { type Listener, listen } from './listener.ts';
import { createMailServer } from './mail-server.ts';
import type { MailServer, Place, Scenario, WebServer } from './scenario.ts';
import { switches as allSwitches } from './scenarios/switched.ts';
import { scenarios as allScenarios } from './scenarios.ts';
import { controlHost, surroundings } from './surroundings.ts';
import { createSwitchboard } from './switchboard.ts';
import { createWebServer } from './web-server.ts';
import { createZone, nameServers, type Zone } from './zone.ts';

export interface InternetOptions {
  /** Default: all there are. */
  readonly scenarios?: readonly Scenario[];
}

export interface Internet {
  /** The variables that connect a process to it. */
  readonly env: Readonly<Record<Variable, string>>;
  /** The root of its authority, as PEM. */
  readonly rootPem: string;
  /** As they are now: a domain whose fault is on has other records and servers. */
  readonly scenarios: readonly Scenario[];
  /** The faults that domains can be given and mended of while everything runs, those of a domain together. */
  readonly switches: readonly {
    readonly id: string;
    readonly domain: string;
    readonly title: string;
    readonly description: string;
    readonly on: boolean;
  }[];
  /**
   * From the next question and connection on; several faults of a domain may be on at once. Throws for an id that
   * is none.
   */
  switchFault(id: string, on: boolean): Promise<void>;
  /** Makes every certificate now, for whoever measures what comes afterwards. */
  prepare(): Promise<void>;
  stop(): Promise<void>;
}

type Variable =
  | 'DNS_RESOLVERS'
  | 'PROBE_ALLOW'
  | 'CONNECT_TO'
  | 'EHLO_NAME'
  | 'SMTP_CONTROL_HOST'
  | 'NODE_EXTRA_CA_CERTS';

/** RFC 5737 and RFC 3849. */
const documentationBlocks = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'];

/** Starts it on free ports of loopback; certificates are made when they are first asked for. */
export async function createInternet({ scenarios = allScenarios }: InternetOptions = {}): Promise<Internet> {
  const authority = await createAuthority();
  const certificates = createCertificates(authority);
  const filled = await Promise.all(scenarios.map((scenario) => withDigests(scenario, certificates)));
  const switches = allSwitches.filter(({ domain }) => filled.some((scenario) => scenario.domain === domain));
  const isSwitched = ({ domain }: Place) => switches.some((each) => each.domain === domain);
  const fixed: readonly Place[] = [...filled.filter((scenario) => !isSwitched(scenario)), surroundings];
  const board = await createSwitchboard(filled.filter(isSwitched), switches, certificates);
  let published = createZone([...fixed, ...board.scenarios()]);
  const zone: Zone = {
    answer: (...question) => published.answer(...question),
    faults: (...question) => published.faults(...question),
  };
  const [resolver, ...servers] = await Promise.all([
    createDnsServer(zone),
    ...nameServers.map(({ role }) => createDnsServer(zone, role)),
  ]);
  const routes = [
    ...nameServers.map(({ address }, at) => ({ address, port: 53, to: servers[at] ?? resolver })),
    ...(
      await Promise.all([
        startWeb(
          fixed.flatMap(({ web = [] }) => web),
          certificates,
        ),
        startMail(
          fixed.flatMap(({ mail = [] }) => mail),
          certificates,
        ),
      ])
    ).flat(2),
    ...board.servers.flatMap(({ addresses, port, to }) =>
      addresses.map((address) => ({ address, port, to })),
    ),
  ];
  const folder = await mkdtemp(join(tmpdir(), 'mta-sts-internet-'));
  const rootFile = join(folder, 'root.pem');
  await writeFile(rootFile, authority.pem);
  return {
    env: {
      DNS_RESOLVERS: `127.0.0.1:${resolver.port}`,
      PROBE_ALLOW: documentationBlocks.join(','),
      CONNECT_TO: connectTo(routes, resolver.port),
      EHLO_NAME: 'localhost.test',
      SMTP_CONTROL_HOST: controlHost,
      NODE_EXTRA_CA_CERTS: rootFile,
    },
    rootPem: authority.pem,
    get scenarios() {
      const now = new Map(board.scenarios().map((scenario) => [scenario.domain, scenario]));
      return filled.map((scenario) => now.get(scenario.domain) ?? scenario);
    },
    get switches() {
      return switches.map(({ id, domain, title, description }) => ({
        id,
        domain,
        title,
        description,
        on: board.isOn(id),
      }));
    },
    async switchFault(id, on) {
      if (!switches.some((each) => each.id === id)) throw new RangeError(`There is no switch "${id}".`);
      await board.set(id, on, () => {
        published = createZone([...fixed, ...board.scenarios()]);
      });
    },
    async prepare() {
      for (const server of [...fixed, ...board.scenarios()].flatMap(({ web = [], mail = [] }) => [
        ...web,
        ...mail,
      ]))
        await certificates.context(server);
    },
    async stop() {
      const listeners = new Set([resolver, ...routes.map(({ to }) => to)]);
      await Promise.all([
        ...[...listeners].map((listener) => listener.stop()),
        rm(folder, { recursive: true, force: true }),
      ]);
    },
  };
}

/**
 * Makes this process trust its authority, for whoever is not started with its environment: NODE_EXTRA_CA_CERTS
 * is read only when a process starts.
 */
export function trustAuthority({ rootPem }: Internet): void {
  setDefaultCACertificates([...getCACertificates('default'), rootPem]);
}

/** Where connections to an address and port really end. */
interface Route {
  readonly address: string;
  readonly port: number;
  readonly to: Listener;
}

/** Nobody listens on port 1: what has no server here is refused at once, not sent out. */
const nowhere = '127.0.0.1:1';

function connectTo(routes: readonly Route[], resolverPort: number): string {
  return [
    ...routes.map(({ address, port, to }) => {
      const host = address.includes(':') ? `[${address}]` : address;
      return `${host}:${port}=127.0.0.1:${to.port}`;
    }),
    ...[25, 80, 443].map((port) => `*:${port}=${nowhere}`),
    `*:53=127.0.0.1:${resolverPort}`,
  ].join(',');
}

type Group<S> = readonly [S, ...S[]];

/**
 * Hosts whose servers differ in nothing but name, certificate and pages share one, which tells them apart by
 * SNI. A host with two servers has one of its own for each, and so has what is broken before SNI is sent.
 */
function groupsOf<S extends WebServer | MailServer>(
  servers: readonly S[],
  isPlain: (server: S) => boolean,
): readonly Group<S>[] {
  const count = new Map<string, number>();
  for (const { host } of servers) count.set(host, (count.get(host) ?? 0) + 1);
  const isShared = (server: S) =>
    isPlain(server) &&
    server.fault === undefined &&
    count.get(server.host) === 1 &&
    isDeepStrictEqual(tlsOptions(server), tlsOptions({}));
  const [first, ...others] = servers.filter(isShared);
  const alone = servers.filter((server) => !isShared(server)).map((server): Group<S> => [server]);
  return first === undefined ? alone : [[first, ...others], ...alone];
}

function startWeb(servers: readonly WebServer[], certificates: Certificates): Promise<Route[][]> {
  const groups = groupsOf(servers, ({ plain, unknownName }) => !plain && !unknownName);
  return Promise.all(
    groups.map(async (hosts) => {
      const to = await listen(createWebServer(hosts, certificates));
      return routesTo(to, hosts, hosts[0].plain === true ? 80 : 443);
    }),
  );
}

function startMail(servers: readonly MailServer[], certificates: Certificates): Promise<Route[][]> {
  const groups = groupsOf(
    servers,
    ({ greeting, extensions, starttls, refusesHandshake }) =>
      (greeting ?? extensions ?? starttls ?? refusesHandshake) === undefined,
  );
  return Promise.all(
    groups.map(async (hosts) => routesTo(await listen(createMailServer(hosts, certificates)), hosts, 25)),
  );
}

function routesTo(to: Listener, hosts: Group<WebServer | MailServer>, port: number): Route[] {
  return [...new Set(hosts.flatMap(({ addresses }) => addresses))].map((address) => ({ address, port, to }));
}

/** `TLSA 3 1 1 @mx.a.test` stands for the digest of what the host really serves. */
async function withDigests(scenario: Scenario, certificates: Certificates): Promise<Scenario> {
  const records = scenario.records.map(async (line) => {
    const [whole, selector, host] = /([01]) 1 @(\S+)$/.exec(line) ?? [];
    if (whole === undefined || !line.includes(' TLSA ')) return line;
    const server = scenario.mail?.find((one) => one.host === host);
    if (server === undefined) throw new Error(`No mail server of the name ${host} in ${scenario.domain}`);
    const digest = await certificates.digest(server, selector === '1' ? 'key' : 'certificate');
    return line.replace(whole, `${selector} 1 ${digest}`);
  });
  return { ...scenario, records: await Promise.all(records) };
}
