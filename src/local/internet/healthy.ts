/**
 * A healthy domain as a scenario, and the small changes that make it ill. Addresses are given out here, each
 * once, from the blocks of documentation (RFC 5737, RFC 3849).
 */
import { domainToASCII } from 'node:url';
import type { Mode } from '../../protocol/mtasts.ts';
import type {
  DnsBehaviour,
  Expected,
  MailServer,
  Page,
  Scenario,
  ScenarioGroup,
  WebServer,
} from './scenario.ts';

/** What is other than in a healthy domain, beside what every scenario says. */
export interface Changes {
  /** The texts of the TXT records at `_mta-sts`, or what stands there instead: `CNAME elsewhere.test`. */
  readonly record?: readonly string[];
  /** The body of the policy; the fields below make it up otherwise. */
  readonly policy?: string | Uint8Array;
  /** The mx lines; default: one for each MX host. */
  readonly patterns?: readonly string[];
  readonly maxAge?: number;
  /** How the policy is served; what is left out is that of a healthy one. */
  readonly page?: Page;
  readonly policyHost?: WebChanges | 'missing';
  /** Default: one host, `mx.<domain>`. */
  readonly mx?: readonly MailChanges[];
  /** The texts of the TXT records at `_smtp._tls`. */
  readonly tlsRpt?: readonly string[];
  /** Further records. */
  readonly records?: readonly string[];
  /** Further web servers, at the addresses that `records` give them. */
  readonly web?: readonly WebServer[];
  readonly dns?: DnsBehaviour;
}

type WebBehaviour = Omit<WebServer, 'host' | 'addresses'>;
type MailBehaviour = Omit<MailServer, 'host' | 'addresses'>;

/** At the address of one family. `none`: no record. `closed`, or another address: a record without a server. */
type AddressChanges<B> = Partial<B> | 'none' | 'closed' | `address ${string}`;

interface Placing<B> {
  /** The name is an alias of this one, which has the addresses. */
  readonly alias?: string;
  readonly ipv4?: AddressChanges<B>;
  readonly ipv6?: AddressChanges<B>;
}

interface WebChanges extends Partial<WebBehaviour>, Placing<WebBehaviour> {}

export interface MailChanges extends Partial<MailBehaviour>, Placing<MailBehaviour> {
  /**
   * A label below the domain; `@`: the domain itself, without an MX record; with a dot at its end: a whole name
   * that is described elsewhere.
   */
  readonly host?: string;
  readonly preference?: number;
}

/** Nothing to find. */
export const allWell: Expected = { verdict: 'enforced', findings: [] };

/** Mail stays protected, and there is something to say. */
export function remarks(...findings: readonly string[]): Expected {
  return { verdict: 'enforced', findings };
}

/** Senders can have no policy, or mail is lost. */
export function broken(...findings: readonly string[]): Expected {
  return { verdict: 'broken', findings };
}

/** The policy can be had, and senders refuse a mail host because of it. */
export function refused(...findings: readonly string[]): Expected {
  return broken(...findings, 'enforce.unsafe-now');
}

export type Told = readonly [group: ScenarioGroup, domain: string, title: string];

export const policyPath = '/.well-known/mta-sts.txt';

/** A policy in mode enforce. */
export function enforced(told: Told, expect: Expected, changes: Changes = {}): Scenario {
  return published('enforce', told, expect, changes);
}

export function testing(told: Told, expect: Expected, changes: Changes = {}): Scenario {
  return published('testing', told, expect, changes);
}

export function withdrawn(told: Told, expect: Expected, changes: Changes = {}): Scenario {
  return published('none', told, expect, { patterns: [], maxAge: 86_400, ...changes });
}

/** Mail and reports, and no MTA-STS. */
export function unprotected(told: Told, expect: Expected, changes: Changes = {}): Scenario {
  return enforced(told, expect, { record: [], policyHost: 'missing', tlsRpt: [], ...changes });
}

const healthyRecord = 'v=STSv1; id=20261101T080000Z;';
const healthyMaxAge = 2_592_000;
/** The domain of another: a mailbox of its own would fall silent together with its mail. */
const healthyTlsRpt = 'v=TLSRPTv1; rua=mailto:tls-reports@reports.test';
/** RFC 8460 §7 wishes for a long one. */
const tlsRptTtlSeconds = 86_400;

function published(mode: Mode, [group, domain, title]: Told, expect: Expected, changes: Changes): Scenario {
  const apex = domainToASCII(domain);
  const { mx = [{}], record = [healthyRecord], tlsRpt = [healthyTlsRpt], policyHost = {} } = changes;
  const mailHosts = mx.map((one) => mxOf(apex, one));
  const patterns = changes.patterns ?? [...new Set(mailHosts.map(({ host }) => host))];
  const body = changes.policy ?? policyText({ mode, patterns, maxAge: changes.maxAge ?? healthyMaxAge });
  const page: Page = { body, ...changes.page };
  const webHost = policyHost === 'missing' ? undefined : webHostOf(`mta-sts.${apex}`, page, policyHost);
  return {
    domain,
    title,
    group,
    expect,
    records: [
      ...mailHosts.flatMap(({ host, preference }) =>
        preference === undefined ? [] : [`${apex} MX ${preference} ${host}`],
      ),
      ...record.map((text) => recordLine(`_mta-sts.${apex}`, text)),
      ...(webHost?.records ?? []),
      ...mailHosts.flatMap(({ records }) => records),
      ...tlsRpt.map((text) => recordLine(`_smtp._tls.${apex}`, text, tlsRptTtlSeconds)),
      ...(changes.records ?? []),
    ],
    ...(changes.dns === undefined ? {} : { dns: changes.dns }),
    web: [...(webHost?.servers ?? []), ...(changes.web ?? [])],
    mail: mailHosts.flatMap(({ servers }) => servers),
  };
}

interface PolicyParts {
  readonly mode: Mode;
  readonly patterns: readonly string[];
  readonly maxAge: number;
}

function policyText({ mode, patterns, maxAge }: PolicyParts): string {
  const lines = [
    'version: STSv1',
    `mode: ${mode}`,
    ...patterns.map((mx) => `mx: ${mx}`),
    `max_age: ${maxAge}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** A text is that of a TXT record; another type says so, with or without a TTL of its own. */
function recordLine(name: string, text: string, ttlSeconds?: number): string {
  if (/^([0-9]+ )?(CNAME|TXT) /.test(text)) return `${name} ${text}`;
  return ttlSeconds === undefined ? `${name} TXT ${text}` : `${name} ${ttlSeconds} TXT ${text}`;
}

function webHostOf(host: string, page: Page, changes: WebChanges): Placed<WebServer> {
  const { ipv4 = {}, ipv6 = {}, alias = host, pages, ...connection } = changes;
  const behaviour: WebBehaviour = { pages: { [policyPath]: page, ...pages }, ...connection };
  return placed({ host, alias, ipv4, ipv6 }, webAddresses(), behaviour);
}

/** A mail host under its whole name, without an MX record. */
export function mailHost(host: string, changes: MailChanges = {}): Placed<MailServer> {
  const { ipv4 = {}, ipv6 = 'none', alias = host, host: _, preference: __, ...server } = changes;
  return placed({ host, alias, ipv4, ipv6 }, mailAddresses(), server);
}

function mxOf(apex: string, changes: MailChanges) {
  const { host: label = 'mx', preference = 10 } = changes;
  const host = label === '@' ? apex : `${label}.${apex}`;
  if (label.endsWith('.')) return { host: label.slice(0, -1), preference, records: [], servers: [] };
  return { host, preference: label === '@' ? undefined : preference, ...mailHost(host, changes) };
}

interface Placed<S> {
  readonly records: readonly string[];
  readonly servers: readonly S[];
}

interface At {
  readonly host: string;
  readonly addresses: readonly string[];
}

/** The address records of a host, and its servers: one for both families unless they differ. */
function placed<B extends object>(
  { host, alias, ipv4, ipv6 }: Required<Placing<B>> & { readonly host: string },
  own: Addresses,
  behaviour: B,
): Placed<B & At> {
  const families = [
    { type: 'A', address: own.ipv4, change: ipv4 },
    { type: 'AAAA', address: own.ipv6, change: ipv6 },
  ] as const;
  const records = families.flatMap(({ type, address, change }) => {
    if (change === 'none') return [];
    const other = typeof change === 'string' ? /^address (.*)$/.exec(change)?.[1] : undefined;
    return [`${alias} ${type} ${other ?? address}`];
  });
  const served = families.flatMap(({ address, change }) =>
    typeof change === 'string' ? [] : [{ address, change }],
  );
  const servers = served.some(({ change }) => Object.keys(change).length > 0)
    ? served.map(({ address, change }) => ({ ...behaviour, ...change, host, addresses: [address] }))
    : [{ ...behaviour, host, addresses: served.map(({ address }) => address) }];
  return {
    records: [...(alias === host ? [] : [`${host} CNAME ${alias}`]), ...records],
    servers: servers.filter(({ addresses }) => addresses.length > 0),
  };
}

interface Addresses {
  readonly ipv4: string;
  readonly ipv6: string;
}

const webAddresses = addressesOf(['192.0.2'], '2001:db8:80');
/** A host after the other has its own, in whatever order scenarios are written. */
const mailAddresses = addressesOf(['198.51.100', '203.0.113'], '2001:db8:25');
/** The last ones are kept for name servers. */
const addressesPerBlock = 250;

function addressesOf(blocks: readonly string[], ipv6Block: string): () => Addresses {
  let given = 0;
  return () => {
    const block = blocks[Math.floor(given / addressesPerBlock)];
    if (block === undefined) throw new Error('The addresses of documentation are all given out');
    const ipv4 = `${block}.${(given % addressesPerBlock) + 1}`;
    given += 1;
    return { ipv4, ipv6: `${ipv6Block}::${given.toString(16)}` };
  };
}
