/**
 * What the scenarios publish, and the answer of one server to one question: the resolver follows aliases and
 * vouches for signed zones, the servers of a zone speak for it alone. Bytes and sockets are left to dns-server.ts.
 */
import { domainToASCII } from 'node:url';
import type { Answer, RecordType, SoaAnswer } from 'dns-packet';
import { getDomain } from 'tldts';
import { nameOf, parseRecord } from './record-data.ts';
import type { DnsBehaviour, DnsFault, DnsServerRole, Place } from './scenario.ts';

export interface Zone {
  /** What this server has to say, faults aside. */
  answer(name: string, type: RecordType, at: DnsServerRole): ZoneAnswer;
  /** What it does instead of answering well. */
  faults(name: string, at: DnsServerRole): readonly DnsFault[];
}

interface ZoneAnswer {
  readonly exists: boolean;
  readonly answers: readonly Answer[];
  /** The SOA record of the zone that has nothing to say (RFC 2308 §2). */
  readonly authorities: readonly Answer[];
  /** Every zone on the way is signed; of the resolver only. */
  readonly authentic: boolean;
}

/** The servers of every zone; CONNECT_TO leads their addresses to ports of their own. */
export const nameServers = [
  { role: 'ns1', name: 'ns1.dns.test', address: '192.0.2.253' },
  { role: 'ns2', name: 'ns2.dns.test', address: '198.51.100.253' },
] as const;

/** How long nothing may be kept, in seconds: short, so that a first publication is seen at once. */
const negativeTtlSeconds = 300;
const zoneTtlSeconds = 86_400;
/** As BIND does; a loop ends here, too. */
const mostAliases = 16;

interface Cut {
  readonly apex: string;
  readonly dns: DnsBehaviour;
}

/** Throws for a record that cannot be published: that is a mistake in a scenario. */
export function createZone(places: readonly Place[]): Zone {
  const own = nameServers.map(({ name, address }) => `${name} A ${address}`);
  const published = [...own, ...places.flatMap(({ records }) => records)].map(parseRecord);
  const cuts = cutsOf(places, published);
  const records = groupedByName([...published, ...[...cuts.values()].flatMap(zoneRecords)]);
  const differences = new Map(
    places.flatMap(({ dns }) =>
      (dns?.differences ?? []).map(({ at, name, records: other }) => [
        `${at} ${nameOf(name)}`,
        other.map(parseRecord),
      ]),
    ),
  );
  const names = new Set([...records.keys(), ...cuts.keys()].flatMap(withAncestors));

  function at(name: string, server: DnsServerRole): readonly Answer[] {
    const known = differences.get(`${server} ${name}`) ?? records.get(name);
    if (known !== undefined || names.has(name)) return known ?? [];
    return (records.get(wildcardOf(name, names)) ?? []).map((record) => ({ ...record, name }));
  }

  function exists(name: string, server: DnsServerRole): boolean {
    const other = differences.get(`${server} ${name}`);
    if (other !== undefined) return other.length > 0;
    return names.has(name) || records.has(wildcardOf(name, names));
  }

  function cutOf(name: string): Cut {
    const apex = withAncestors(name).find((ancestor) => cuts.has(ancestor)) ?? '';
    return cuts.get(apex) ?? { apex, dns: {} };
  }

  const answer: Zone['answer'] = (asked, type, server) => {
    const first = nameOf(asked);
    const zone = cutOf(first);
    const answers: Answer[] = [];
    const seen = new Set<string>();
    let authentic = server === 'resolver';
    for (let name = first; ; ) {
      seen.add(name);
      const cut = cutOf(name);
      authentic &&= cut.dns.signed === true;
      const here = at(name, server);
      const alias = type === 'CNAME' ? undefined : here.find((record) => record.type === 'CNAME');
      const fitting = here.filter((record) => record.type === type);
      if (alias?.type !== 'CNAME') {
        answers.push(...fitting);
        const authorities = fitting.length > 0 ? [] : [soaOf(cut.apex)];
        return { exists: exists(name, server), answers, authorities, authentic };
      }
      answers.push(alias, ...fitting);
      name = nameOf(String(alias.data));
      const foreign = server !== 'resolver' && cutOf(name) !== zone;
      if (foreign || seen.has(name) || seen.size > mostAliases)
        return { exists: true, answers, authorities: [], authentic };
    }
  };

  return {
    answer,
    faults: (asked, server) => {
      const name = nameOf(asked);
      return (cutOf(name).dns.faults ?? []).filter(
        (fault) => (fault.at ?? server) === server && (fault.names ?? [name]).map(nameOf).includes(name),
      );
    },
  };
}

/** Each scenario is a zone; so are the root, `test`, and the domains that stand in for others. */
function cutsOf(places: readonly Place[], published: readonly Answer[]): ReadonlyMap<string, Cut> {
  const others = published.flatMap(({ name }) => getDomain(name) ?? []);
  return new Map([
    ...others.map((apex): [string, Cut] => [apex, { apex, dns: {} }]),
    ['test', { apex: 'test', dns: { signed: true } }],
    ['', { apex: '', dns: { signed: true } }],
    ...places.map(({ domain, dns = {} }): [string, Cut] => {
      const apex = domainToASCII(domain);
      return [apex, { apex, dns }];
    }),
  ]);
}

function zoneRecords({ apex }: Cut): Answer[] {
  const base = { name: apex, class: 'IN', ttl: zoneTtlSeconds } as const;
  return [soaOf(apex), ...nameServers.map(({ name }) => ({ ...base, type: 'NS', data: name }) as const)];
}

function soaOf(apex: string): SoaAnswer {
  return {
    name: apex,
    class: 'IN',
    ttl: negativeTtlSeconds,
    type: 'SOA',
    data: {
      mname: nameServers[0].name,
      rname: `hostmaster.${apex}`,
      serial: 2_026_110_101,
      refresh: 7200,
      retry: 900,
      expire: 1_209_600,
      minimum: negativeTtlSeconds,
    },
  };
}

function groupedByName(records: readonly Answer[]): ReadonlyMap<string, Answer[]> {
  const groups = new Map<string, Answer[]>();
  for (const record of records) groups.set(record.name, [...(groups.get(record.name) ?? []), record]);
  return groups;
}

/** The name, its parent, and so on to the root, which is empty here. */
function withAncestors(name: string): string[] {
  const labels = name === '' ? [] : name.split('.');
  return [...labels.map((_, at) => labels.slice(at).join('.')), ''];
}

/** The wildcard that speaks for a name nobody wrote: below its closest ancestor that exists (RFC 4592 §3.3.1). */
function wildcardOf(name: string, names: ReadonlySet<string>): string {
  const closest = withAncestors(name).find((ancestor) => names.has(ancestor)) ?? '';
  return closest === '' ? '*' : `*.${closest}`;
}
