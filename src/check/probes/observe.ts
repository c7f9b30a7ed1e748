/**
 * One whole look at a domain: every probe as soon as what it needs is known, all under one deadline. What
 * each of them sees is its own affair; judging is left to the rules.
 */
import type { DomainName, HostName } from '../../protocol/domain.ts';
import { matches, parsePolicy } from '../../protocol/mtasts.ts';
import { registrableDomain } from '../../protocol/registrable-domain.ts';
import {
  liveHosts,
  type MxHost,
  type MxHostObservation,
  type MxObservation,
  type Observation,
  type PatternDomain,
  type PolicyFetch,
  type PolicyHostObservation,
  type Port25,
} from '../observation.ts';
import { contentOf } from '../policy-content.ts';
import { nothingYet, type Progress } from '../progress.ts';
import { observeMx } from './dns.ts';
import {
  addressesOf,
  observeAddresses,
  observeCaa,
  observePatternDomains,
  observeResolver,
  observeTlsa,
} from './dns-hosts.ts';
import { type StartedRecord, startRecord } from './dns-record.ts';
import { observeTlsRpt } from './dns-tlsrpt.ts';
import { createDoor, type Door } from './door.ts';
import { fetchPolicy } from './https.ts';
import { followUp, followUpNeeds } from './https-follow-up.ts';
import type { Network } from './network.ts';
import { provePort25 } from './port25.ts';
import { hostState, policyState, recordState } from './progress-states.ts';
import { observeHost } from './smtp.ts';
import { knownHost } from './smtp-earlier.ts';
import { createTurns } from './turns.ts';

/** What every look of one process shares: the settings, and what the door remembers. */
export interface Prober {
  readonly network: Network;
  readonly door: Door;
}

export function createProber(network: Network): Prober {
  return { network, door: createDoor(network) };
}

export interface LookOptions {
  /** Ends the look: what is not known by then is not measured. */
  readonly signal?: AbortSignal;
  /** Told whenever something became known; must not throw. */
  readonly onProgress?: (progress: Progress) => void;
  /** For the whole look; default 30 seconds. */
  readonly timeoutMs?: number;
  /**
   * Makes it a light look: an MX host that this look at the same domain connected to, and that has the same addresses
   * and TLSA records now, is not connected to again.
   */
  readonly earlier?: Observation;
}

/**
 * Slack takes answers for half an hour, people wait for half a minute; a server that has not answered by
 * then is no use to a sender either, who has a minute for the policy alone (RFC 8461 §3.3).
 */
const lookMs = 30_000;

/**
 * Questions that one look repeats at the same time. Two or three are usual; where a name server hangs all the
 * questions of a look are repeated, each over a socket of its own.
 */
const mostRepeats = 64;
/**
 * Sessions with mail hosts in one look. Twelve hosts are met at eight addresses each; of more hosts fewer
 * addresses, because nobody should have to meet us four hundred times.
 */
const mostSessions = 100;
/** Of however many hosts: one of each family. */
const leastAddresses = 2;

/** Everything that can be seen of the domain. Throws nothing that a remote could cause. */
export async function observeDomain(
  domain: DomainName,
  prober: Prober,
  now: Date,
  options: LookOptions = {},
): Promise<Observation> {
  const startedMs = performance.now();
  const { door } = prober;
  const network = { ...prober.network, repeats: createTurns(mostRepeats) };
  const { signal: given, timeoutMs = lookMs, onProgress = () => {} } = options;
  const broken = new AbortController();
  const limits = [AbortSignal.timeout(timeoutMs), broken.signal, ...(given === undefined ? [] : [given])];
  const signal = AbortSignal.any(limits);
  const earlier = options.earlier?.domain === domain ? options.earlier : undefined;
  const look: Look = { domain, network, door, signal, earlier, tell: createTeller(onProgress) };

  const started = startRecord(domain, network, door.open, signal);
  const mx = observeMx(domain, network, signal);
  const policyHost = observePolicyHost(look, started);
  const [resolver, record, mail, host, tlsRpt, patternDomains] = await Promise.all([
    observeResolver(network, signal),
    started.whole,
    observeMail(look, mx),
    policyHost.whole,
    observeTlsRpt(domain, network, door.open, signal),
    lookUpPatterns(look, mx, policyHost.fetches),
  ]).catch((error: unknown) => {
    // What is wrong with this machine ends all of it.
    broken.abort();
    throw error;
  });
  return {
    version: 1,
    domain,
    startedAt: now.toISOString(),
    durationMs: Math.round(performance.now() - startedMs),
    resolver,
    record,
    policyHost: host,
    ...mail,
    tlsRpt,
    patternDomains,
  };
}

interface Look extends Prober {
  readonly domain: DomainName;
  readonly signal: AbortSignal;
  readonly earlier: Observation | undefined;
  readonly tell: (change: (progress: Progress) => Progress) => void;
}

function createTeller(onProgress: (progress: Progress) => void): Look['tell'] {
  let progress = nothingYet;
  return (change) => {
    progress = change(progress);
    onProgress(progress);
  };
}

/**
 * What is wrong with this machine, such as that it has no sockets left, ends the look with the first probe that
 * meets it; those that meet it afterwards must not end the process.
 */
function leaveToTheLook(): void {}

/** The policy does not wait for the record: what is served without one is worth knowing, too. */
function observePolicyHost(
  { domain, network, door, signal, tell }: Look,
  record: StartedRecord,
): { readonly fetches: Promise<readonly PolicyFetch[]>; readonly whole: Promise<PolicyHostObservation> } {
  const name = `mta-sts.${domain}` as HostName;
  const addresses = observeAddresses(name, network, signal);
  const caa = observeCaa(name, network, signal);
  const fetches = addresses.then((found) =>
    fetchPolicy({ host: name, addresses: addressesOf(found), door, signal }),
  );
  const followUps = fetches.then(async (seen) => {
    const needs = followUpNeeds(seen);
    const itself = needs.has('domain-itself') ? await observeAddresses(domain, network, signal) : undefined;
    const domainAddresses = itself === undefined ? [] : addressesOf(itself);
    return await followUp({ host: name, domain, needs, domainAddresses, door, signal });
  });
  record.lookup.then(
    (lookup) => tell((progress) => ({ ...progress, record: recordState(lookup) })),
    leaveToTheLook,
  );
  fetches.then((seen) => tell((progress) => ({ ...progress, policy: policyState(seen) })), leaveToTheLook);
  followUps.catch(leaveToTheLook);
  return { fetches, whole: wholeHost() };

  async function wholeHost(): Promise<PolicyHostObservation> {
    const [found, blocks] = await Promise.all([addresses, caa]);
    return {
      name,
      ...found,
      ...(blocks === undefined ? {} : { caa: blocks }),
      fetches: await fetches,
      followUps: await followUps,
    };
  }
}

/** The MX hosts, each as soon as DNS names it, all at the same time. */
async function observeMail(
  look: Look,
  asked: Promise<MxObservation>,
): Promise<Pick<Observation, 'mx' | 'mxHosts' | 'port25'>> {
  const mx = await asked;
  const hosts = liveHosts(mx);
  look.tell((progress) => ({
    ...progress,
    mx: mx.kind === 'unknown' ? 'failed' : hosts.length === 0 ? 'nothing' : 'done',
    hosts: hosts.map(({ host }) => ({ host, state: 'looking' })),
  }));
  if (hosts.length === 0) return { mx, mxHosts: [], port25: 'unknown' };
  const mostAddresses = Math.max(leastAddresses, Math.floor(mostSessions / hosts.length));
  const looks = hosts.map((host) => observeMxHost(look, host, mostAddresses));
  const [mxHosts, port25] = await Promise.all([Promise.all(looks), observePort25(look, looks)]);
  return { mx, mxHosts, port25 };
}

/** With no host connected to, what is told of them is of the earlier look, and so is what it proved. */
async function observePort25(look: Look, looks: readonly Promise<MxHostObservation>[]): Promise<Port25> {
  const { earlier } = look;
  if (earlier === undefined) return provePort25(look, looks);
  const hosts = await Promise.all(looks);
  return hosts.every(({ lookedAt }) => lookedAt !== undefined) ? earlier.port25 : provePort25(look, looks);
}

async function observeMxHost(
  { network, door, signal, earlier, tell }: Look,
  { host, preference }: MxHost,
  mostAddresses: number,
): Promise<MxHostObservation> {
  const found = observeAddresses(host, network, signal);
  const tlsa = observeTlsa(host, found, network, signal);
  tlsa.catch(leaveToTheLook);
  const addresses = await found;
  const known =
    earlier === undefined ? undefined : knownHost(earlier, { host, ...addresses, tlsa: await tlsa });
  const sessions =
    known?.sessions ??
    (await observeHost({
      host,
      addresses: addressesOf(addresses),
      mostAddresses,
      door,
      ehloName: network.ehloName,
      tlsa: tlsa.then(
        (lookup) => (lookup.kind === 'answered' ? lookup.records : []),
        () => [],
      ),
      signal,
    }));
  tell((progress) => ({
    ...progress,
    hosts: progress.hosts.map((one) => (one.host === host ? { host, state: hostState(sessions) } : one)),
  }));
  return { host, preference, ...addresses, tlsa: await tlsa, sessions, ...known };
}

/** Patterns whose domains are looked for; 64 KB hold thousands, and no domain has so many mail hosts. */
const mostPatterns = 500;

/** Whether strangers could register the domain of a pattern; those of the domain's own MX are in use. */
async function lookUpPatterns(
  { network, signal }: Look,
  mx: Promise<MxObservation>,
  fetches: Promise<readonly PolicyFetch[]>,
): Promise<readonly PatternDomain[]> {
  const file = (await fetches)
    .flatMap(({ result }) => (result.kind === 'response' ? [result.response] : []))
    .find(({ status, cut }) => status === 200 && cut === undefined);
  if (file === undefined) return [];
  const patterns = (parsePolicy(contentOf(file)).value?.mx ?? []).slice(0, mostPatterns);
  const hosts = liveHosts(await mx);
  const foreign = patterns.filter((pattern) => !hosts.some(({ host }) => matches(pattern, host)));
  const domains = foreign.flatMap((pattern) => registrableDomain(pattern.replace(/^\*\./, '')) ?? []);
  return observePatternDomains(domains, network, signal);
}
