/**
 * What the servers of a zone say themselves of a TXT record, each asked at its own addresses, through the
 * door: a fresh change is seen although resolvers still keep the older answer. What resolvers say is left to
 * dns-record.ts.
 */
import type { DomainName } from '../../protocol/domain.ts';
import { registrableDomain } from '../../protocol/registrable-domain.ts';
import type { Result } from '../../protocol/result.ts';
import type {
  AddressRefused,
  AuthoritativeAnswer,
  DnsLookup,
  NotMeasured,
  TxtRecord,
} from '../observation.ts';
import { queryServer } from './dns-client.ts';
import { observeAddresses } from './dns-hosts.ts';
import { lookup, measured } from './dns-lookup.ts';
import { isAskable } from './dns-message.ts';
import { dnsPort, type Endpoint, type Network } from './network.ts';

/** Lets a connection out to an address that may be connected to, or says why not. */
export type OpenDoor = (address: string, port: number) => Result<Endpoint, AddressRefused | NotMeasured>;

/** Two to four are usual, and one that is out of step is nearly always among the first. */
const mostServers = 4;
/** Of each family; more addresses of one server are the same data in other places. */
const addressesOfFamily = 1;
/** Zones are cut one or two labels above a mail domain; a name of a hundred labels is there to cost time. */
const mostZones = 6;

/**
 * TXT at a name from the servers of the closest zone at or above the name. Empty when the servers are not
 * known. Never throws for what a remote does.
 */
export async function askAuthoritative(
  name: string,
  domain: DomainName,
  network: Network,
  openDoor: OpenDoor,
  signal: AbortSignal,
): Promise<readonly AuthoritativeAnswer[]> {
  const servers = await serversOf(name, domain, network, signal);
  const answers = await Promise.all(
    servers.map(async (nameServer) => {
      const { a, aaaa } = await observeAddresses(nameServer, network, signal);
      const addresses = [...firstOf(a), ...firstOf(aaaa)];
      return await Promise.all(
        addresses.map(async (address, at) => ({
          nameServer,
          address,
          lookup: await askServer(name, address, at === 0, openDoor, signal),
        })),
      );
    }),
  );
  return answers.flat();
}

/** Of the closest zone: at the name itself, at the domain, or further up to what somebody registered. */
async function serversOf(
  name: string,
  domain: DomainName,
  network: Network,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const lookups = await Promise.all(
    [name, ...zonesFrom(domain)].map((zone) => lookup(zone, 'NS', network, signal)),
  );
  for (const found of lookups) {
    // The name may be an alias of something that fails; its own zone can be known all the same.
    if (found.kind !== 'answered' && found.name !== name) return [];
    // Where an alias leads is another zone than that of the alias.
    if (found.kind === 'answered' && found.aliases.length === 0 && found.records.length > 0)
      return [...new Set(found.records.map((server) => server.toLowerCase()))]
        .filter(isAskable)
        .toSorted()
        .slice(0, mostServers);
  }
  return [];
}

function zonesFrom(domain: DomainName): readonly string[] {
  const top = registrableDomain(domain) ?? domain;
  const labels = domain.split('.');
  const depth = labels.length - top.split('.').length;
  const zones = labels.slice(0, depth + 1).map((_, at) => labels.slice(at).join('.'));
  return zones.length <= mostZones ? zones : [...zones.slice(0, mostZones - 1), top];
}

function firstOf(addresses: DnsLookup<string>): readonly string[] {
  return addresses.kind === 'answered' ? addresses.records.toSorted().slice(0, addressesOfFamily) : [];
}

/** A server that keeps an alias beside the text answers either question as if the other were not there. */
async function askServer(
  name: string,
  address: string,
  withAlias: boolean,
  openDoor: OpenDoor,
  signal: AbortSignal,
): Promise<AuthoritativeAnswer['lookup']> {
  const door = openDoor(address, dnsPort);
  if (!door.ok) return door.problem.kind === 'not-measured' ? { ...door.problem, name } : door.problem;
  const [texts, alias] = await Promise.all([
    queryServer(door.value, name, 'TXT', signal),
    withAlias ? queryServer(door.value, name, 'CNAME', signal) : undefined,
  ]);
  return besideAlias(measured(texts, signal), alias);
}

/** RFC 2181 §10.1: nothing stands beside a CNAME. */
function besideAlias(
  texts: DnsLookup<TxtRecord>,
  alias: DnsLookup<string> | undefined,
): DnsLookup<TxtRecord> {
  const isBeside =
    texts.kind === 'answered' &&
    texts.records.length > 0 &&
    texts.aliases.length === 0 &&
    alias?.kind === 'answered' &&
    alias.records.length > 0;
  return isBeside ? { ...texts, aliasBesideData: true } : texts;
}
