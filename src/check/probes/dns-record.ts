/**
 * The TXT record at `_mta-sts.<domain>` and what belongs to it: the servers of the zone, a wildcard, the
 * usual wrong names, and the domain above. What the record says is left to the rules.
 */
import { randomBytes } from 'node:crypto';
import type { DomainName } from '../../protocol/domain.ts';
import { parseRecordSet } from '../../protocol/mtasts.ts';
import { registrableDomain } from '../../protocol/registrable-domain.ts';
import { type DnsLookup, joined, type RecordObservation, type TxtRecord } from '../observation.ts';
import { askAuthoritative, type OpenDoor } from './dns-authoritative.ts';
import { lookup, lookupTexts } from './dns-lookup.ts';
import type { Network } from './network.ts';

/** What nobody publishes by chance; no more than one label holds. */
const randomOctets = 8;

export interface StartedRecord {
  /** What a sender waits for before it fetches a policy. */
  readonly lookup: Promise<DnsLookup<TxtRecord>>;
  readonly whole: Promise<RecordObservation>;
}

/** Asks everything at once. Neither promise is ever rejected for what a remote does. */
export function startRecord(
  domain: DomainName,
  network: Network,
  openDoor: OpenDoor,
  signal: AbortSignal,
): StartedRecord {
  const asked = lookup(`_mta-sts.${domain}`, 'TXT', network, signal);
  return { lookup: asked, whole: observeAround(asked, domain, network, openDoor, signal) };
}

async function observeAround(
  asked: Promise<DnsLookup<TxtRecord>>,
  domain: DomainName,
  network: Network,
  openDoor: OpenDoor,
  signal: AbortSignal,
): Promise<RecordObservation> {
  const above = registrableDomain(domain);
  const hasParent = above !== undefined && above !== domain;
  const [own, authoritative, wildcard, wrongNames, parent] = await Promise.all([
    asked,
    askAuthoritative(`_mta-sts.${domain}`, domain, network, openDoor, signal),
    lookup(`${randomBytes(randomOctets).toString('hex')}.${domain}`, 'TXT', network, signal),
    asked.then((right) => (isMissing(right) ? lookupTexts(wrongNamesOf(domain), network, signal) : [])),
    hasParent ? lookup(`_mta-sts.${above}`, 'TXT', network, signal) : undefined,
  ]);
  return {
    lookup: withAliasBeside(own, authoritative),
    authoritative,
    wildcard,
    wrongNames,
    ...(parent !== undefined && { parent }),
  };
}

/** Where the right name has a record, what stands at others misleads nobody, and is not asked for. */
function isMissing(right: DnsLookup<TxtRecord>): boolean {
  return right.kind === 'answered' && parseRecordSet(joined(right)).verdict === 'none';
}

function wrongNamesOf(domain: DomainName): readonly string[] {
  return [
    domain,
    `mta-sts.${domain}`,
    `_mta_sts.${domain}`,
    `_mta-sts.mta-sts.${domain}`,
    `_mta-sts.${domain}.${domain}`,
  ];
}

/** A resolver shows one of the two, as it happens; the servers of the zone show both. */
function withAliasBeside(
  own: DnsLookup<TxtRecord>,
  authoritative: RecordObservation['authoritative'],
): DnsLookup<TxtRecord> {
  const isBeside = authoritative.some(
    (server) => server.lookup.kind === 'answered' && server.lookup.aliasBesideData === true,
  );
  return isBeside && own.kind === 'answered' ? { ...own, aliasBesideData: true } : own;
}
