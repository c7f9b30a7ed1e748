/** The rules for a record that is an alias: where it leads, and whether the policy host went along. */
import { rfc } from '../../protocol/rfc.ts';
import { brokenAlias, isMeant } from '../asked.ts';
import type { DnsAnswered, TxtRecord } from '../observation.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import { answered, type Seen } from '../seen.ts';
import { chainOf } from '../words.ts';
import { noRecord, recordUnknown, skip } from './needs.ts';

function aliasFacts(seen: Seen): { lookup: DnsAnswered<TxtRecord>; broken: boolean } | Skip {
  const lookup = answered(seen.observation.record.lookup);
  if (lookup === undefined) return recordUnknown;
  if (lookup.aliases.length === 0) return skip('the record is no alias');
  return { lookup, broken: brokenAlias(seen) !== undefined };
}

const cnameDangling = rule({
  id: 'txt.cname-dangling',
  area: 'record',
  title: 'The record is an alias that leads to nothing',
  severity: 'error',
  cite: rfc(1034, '3.6.2'),
  needs: aliasFacts,
  judge: ({ lookup, broken }) => {
    if (!broken || lookup.aliasLoop === true) return [];
    const end = lookup.aliases.at(-1);
    const what = lookup.exists ? `${end} has no TXT record` : `${end} does not exist`;
    return [
      {
        subject: lookup.name,
        detail: `${chainOf(lookup)}: ${what}. ${noRecord}`,
        remedy: `Point the CNAME at the name that your provider gives for it, or replace it by a TXT record of your own at \`${lookup.name}\`.`,
      },
    ];
  },
});

const cnameLoop = rule({
  id: 'txt.cname-loop',
  area: 'record',
  title: 'The record is an alias that leads in a circle',
  severity: 'error',
  cite: rfc(1034, '3.6.2'),
  supersedes: ['txt.servfail'],
  needs: (seen) => {
    const circle = circleBehind(seen);
    if (circle !== undefined) return { circle };
    const facts = aliasFacts(seen);
    if ('skip' in facts) return facts;
    const { lookup, broken } = facts;
    return broken && lookup.aliasLoop === true ? { circle: lookup } : {};
  },
  judge: ({ circle }: { readonly circle?: DnsAnswered<TxtRecord> }) =>
    circle === undefined
      ? []
      : [
          {
            subject: circle.name,
            detail: `${chainOf(circle)} leads back into itself. ${noRecord}`,
            remedy: `Point the CNAME at the name that your provider gives for it, or replace it by a TXT record at \`${circle.name}\`.`,
          },
        ],
});

/** Unbound and BIND answer SERVFAIL for a circle; the servers of the zone show it. */
function circleBehind({ observation }: Seen): DnsAnswered<TxtRecord> | undefined {
  const { lookup, authoritative } = observation.record;
  if (lookup.kind !== 'failed' || lookup.problem !== 'servfail') return undefined;
  return authoritative
    .flatMap((server) => (server.lookup.kind === 'answered' ? [server.lookup] : []))
    .find(({ aliasLoop }) => aliasLoop === true);
}

const cnameBesideData = rule({
  id: 'txt.cname-beside-data',
  area: 'record',
  title: 'A CNAME stands beside other data',
  severity: 'error',
  cite: rfc(2181, '10.1'),
  needs: aliasFacts,
  judge: ({ lookup }) =>
    lookup.aliasBesideData === true
      ? [
          {
            subject: lookup.name,
            detail: `A name of ${chainOf(lookup)} has a CNAME and other records beside it, which DNS does not allow: resolvers take one or the other, so that some senders see no record.`,
            remedy: 'Keep the CNAME alone, or the TXT record alone.',
          },
        ]
      : [],
});

const delegatedHalf = rule({
  id: 'txt.delegated-half',
  area: 'record',
  title: 'The record is delegated and the policy host is not',
  severity: 'error',
  cite: rfc(8461, '8.2'),
  silences: ['host.missing'],
  needs: (seen) => {
    const lookup = answered(seen.observation.record.lookup);
    if (lookup === undefined || seen.record === undefined) return recordUnknown;
    if (lookup.aliases.length === 0 || !isMeant(seen.record))
      return skip('the record is not delegated by a CNAME');
    const { a, aaaa } = seen.observation.policyHost;
    if (a.kind !== 'answered' || aaaa.kind !== 'answered')
      return skip('DNS gave no answer about the policy host');
    const missing = [a, aaaa].every(({ records, aliases }) => records.length + aliases.length === 0);
    return { lookup, missing, policyHost: seen.policyHost };
  },
  judge: ({ lookup, missing, policyHost }) =>
    missing
      ? [
          {
            subject: policyHost,
            detail: `${chainOf(lookup)} has a record, and ${policyHost} does not exist. Senders look there for the policy, find none, and deliver as if there were none.`,
            remedy: `Publish the second CNAME that your provider gives, at \`${policyHost}\`.`,
          },
        ]
      : [],
});

export const recordAliasRules: readonly Rule[] = [cnameDangling, cnameLoop, cnameBesideData, delegatedHalf];
