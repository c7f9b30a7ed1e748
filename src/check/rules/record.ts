/**
 * The rules for the MTA-STS record in DNS: whether it is found, where, and by whom. Its aliases are
 * record-alias.ts, its text record-text.ts.
 */
import { quote } from '../../protocol/characters.ts';
import { decode } from '../../protocol/fields.ts';
import { formatRecord, parseRecordSet } from '../../protocol/mtasts.ts';
import { createId, usualMaxAgeSeconds } from '../../protocol/publication.ts';
import { rfc } from '../../protocol/rfc.ts';
import { brokenAlias, isMeant, misplacedRecords } from '../asked.ts';
import {
  type AuthoritativeAnswer,
  type DnsAnswered,
  type DnsFailed,
  joined,
  type TxtRecord,
} from '../observation.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import { answered, isSame, type Seen } from '../seen.ts';
import { inWords, moveTo } from '../words.ts';
import { noRecord, recordUnknown, skip } from './needs.ts';

const found = rfc(8461, '3.1');

/** The resolver's SERVFAIL, where the resolver itself is in order. */
function servfail({ observation }: Seen): { failed?: DnsFailed; others: boolean } | Skip {
  const { record, resolver } = observation;
  const { lookup } = record;
  if (lookup.kind === 'not-measured') return recordUnknown;
  if (lookup.kind === 'answered') return { others: true };
  // A resolver that cannot tell of the root either has a fault of its own.
  if (lookup.problem !== 'servfail' || resolver.validates === undefined) return recordUnknown;
  return { failed: lookup, others: record.authoritative.some((one) => one.lookup.kind === 'answered') };
}

function extended({ extendedError }: DnsFailed): string {
  if (extendedError === undefined) return '';
  const text = extendedError.text === '' ? '' : `, ${quote(extendedError.text, 100)}`;
  return ` (extended error ${extendedError.code}${text})`;
}

const recordServfail = rule({
  id: 'txt.servfail',
  area: 'record',
  title: 'DNS fails at the name of the record',
  severity: 'error',
  cite: found,
  needs: servfail,
  judge: ({ failed, others }) =>
    failed === undefined
      ? []
      : [
          {
            subject: failed.name,
            detail: `The resolver answers SERVFAIL for ${failed.name}${extended(failed)}. ${noRecord}${others ? ' Servers of the zone do answer when they are asked directly.' : ''}`,
            remedy:
              'Look at the delegation of the zone and at each of its name servers, and at the DS record where the zone is signed.',
          },
        ],
});

const dnssecBogus = rule({
  id: 'txt.dnssec-bogus',
  area: 'record',
  title: 'The record does not pass DNSSEC',
  severity: 'error',
  cite: rfc(4035, '5.5'),
  supersedes: ['txt.servfail'],
  needs: servfail,
  judge: ({ failed }) =>
    failed?.bogus === true
      ? [
          {
            subject: failed.name,
            detail: `A validating resolver answers SERVFAIL for ${failed.name}${extended(failed)}, and has an answer when validation is off. Senders behind such resolvers see no record, and as a rule no MX either.`,
            remedy:
              'Sign the zone again, or correct the DS record at the registrar; where the zone is no longer signed, remove the DS record.',
          },
        ]
      : [],
});

const wrongName = rule({
  id: 'txt.wrong-name',
  area: 'record',
  title: 'The record stands at a name where no sender looks',
  severity: 'error',
  cite: found,
  silences: ['txt.absent-but-policy-host'],
  needs: (seen) => {
    if (seen.record === undefined) return recordUnknown;
    if (isMeant(seen.record)) return skip('a record stands at the right name');
    if (seen.observation.record.wrongNames.every(({ kind }) => kind !== 'answered'))
      return skip('DNS gave no answer about other names');
    return { misplaced: misplacedRecords(seen), recordName: seen.recordName };
  },
  judge: ({ misplaced, recordName }) => {
    const [first, ...others] = misplaced;
    if (first === undefined) return [];
    const texts = joined(first).map(decode);
    const { verdict, corrected } = parseRecordSet(texts);
    const text = verdict === 'valid' ? texts.find((one) => one.startsWith('v=STSv1;')) : corrected;
    const also = others.length === 0 ? '' : ` So do ${inWords(others.map(({ name }) => name))}.`;
    return [
      {
        subject: first.name,
        detail: `Senders look at ${recordName} alone and see no record there, so that they deliver as if there were no policy. ${first.name} has one: ${quote(texts.find((one) => one.startsWith('v=STSv1')) ?? '', 160)}.${also}`,
        remedy: moveTo(recordName, text),
      },
    ];
  },
});

const absentButPolicyHost = rule({
  id: 'txt.absent-but-policy-host',
  area: 'record',
  title: 'A policy is served and no record asks for it',
  severity: 'warning',
  cite: found,
  needs: (seen) => {
    if (seen.record === undefined) return recordUnknown;
    if (isMeant(seen.record) || brokenAlias(seen) !== undefined)
      return skip('a record stands there, or was meant to');
    const { policy, policyBody } = seen;
    if (policy?.value === undefined || policyBody === undefined) return skip('no policy is served');
    // RFC 8461 §8.3: the last state of a removal in good order.
    if (policy.value.mode === 'none') return skip('the policy that is served says none');
    const { recordName, policyUrl, now } = seen;
    return { recordName, policyUrl, id: createId(decode(policyBody), now) };
  },
  judge: ({ recordName, policyUrl, id }) => [
    {
      subject: recordName,
      detail: `Senders begin with the record at ${recordName}. There is none, so that nobody fetches the policy at ${policyUrl}.`,
      remedy: `Publish a TXT record at \`${recordName}\` with \`${formatRecord({ id })}\`. If the policy is not meant to be used, remove ${policyUrl}.`,
    },
  ],
});

/** What one server says of the name, so that equal answers are equal texts. */
function told({ aliases: [alias], records }: DnsAnswered<TxtRecord>): string {
  if (alias !== undefined) return `a CNAME to ${alias}`;
  if (records.length === 0) return 'no record';
  return inWords(records.map((strings) => quote(strings.join(''), 120)).toSorted(), 3);
}

const nsInconsistent = rule({
  id: 'txt.ns-inconsistent',
  area: 'record',
  title: 'The name servers disagree about the record',
  severity: 'warning',
  cite: found,
  needs: ({ observation, recordName }) => {
    const answers = observation.record.authoritative.flatMap(({ nameServer, lookup }) =>
      lookup.kind === 'answered' ? [{ nameServer, lookup, says: told(lookup) }] : [],
    );
    if (answers.length < 2) return skip('fewer than two name servers could be asked');
    // Servers may disagree about a wildcard that has nothing to do with MTA-STS.
    const some = answers.some(
      ({ lookup }) => lookup.aliases.length > 0 || isMeant(parseRecordSet(joined(lookup))),
    );
    if (!some) return skip('no name server has a record');
    return { answers, recordName };
  },
  judge: ({ answers, recordName }) => {
    const groups = Map.groupBy(answers, ({ says }) => says);
    if (groups.size < 2) return [];
    const list = [...groups].map(
      ([says, servers]) =>
        `${inWords([...new Set(servers.map(({ nameServer }) => nameServer))], 3)}: ${says}`,
    );
    return [
      {
        subject: recordName,
        detail: `Which policy a sender sees depends on the server that answers it. ${list.slice(0, 4).join('; ')}.`,
        remedy:
          'Where it was changed just now, look again in some minutes. Else bring the servers of the zone to the same state: look at the serial of the SOA and at the transfers between them.',
      },
    ];
  },
});

const wildcardAnswer = rule({
  id: 'txt.wildcard-answer',
  area: 'record',
  title: 'The record comes from a wildcard',
  severity: 'warning',
  cite: found,
  needs: ({ observation, txt, record, recordName }) => {
    if (txt === undefined || record === undefined) return recordUnknown;
    if (record.verdict === 'none') return skip('there is no record');
    const wildcard = answered(observation.record.wildcard);
    if (wildcard === undefined) return skip('DNS gave no answer about a random name');
    return { wildcard, txt, recordName };
  },
  judge: ({ wildcard, txt, recordName }) =>
    wildcard.records.length > 0 && isSame(wildcard, txt)
      ? [
          {
            subject: recordName,
            detail: `Any name beside it, such as ${wildcard.name}, answers with the same record. As soon as another record is published at ${recordName} or below it, the wildcard no longer answers there and senders see no policy.`,
            remedy: `Publish the TXT record at \`${recordName}\` itself.`,
          },
        ]
      : [],
});

// A change should reach every sender within a day; RFC 8461 §8.1 has the record changed at each change of the policy.
const longTtlSeconds = usualMaxAgeSeconds.testing;

const ttlLong = rule({
  id: 'txt.ttl-long',
  area: 'record',
  title: 'The record is kept for more than a day',
  severity: 'notice',
  cite: rfc(8461, '8.1'),
  needs: ({ observation, txt, record, recordName }) => {
    if (txt === undefined || record === undefined) return recordUnknown;
    if (record.verdict === 'none') return skip('there is no record');
    const { lookup, authoritative } = observation.record;
    const ttlsOf = (lookups: readonly AuthoritativeAnswer['lookup'][]) =>
      lookups.flatMap((one) =>
        one.kind === 'answered' && one.ttlSeconds !== undefined ? [one.ttlSeconds] : [],
      );
    // A resolver counts down, and may still keep what the servers of the zone have shortened. Of an alias they know the first part alone.
    const own = txt.aliases.length > 0 ? [] : ttlsOf(authoritative.map((one) => one.lookup));
    const ttls = own.length > 0 ? own : ttlsOf([lookup]);
    if (ttls.length === 0) return skip('no answer came with a TTL');
    return { ttlSeconds: Math.max(...ttls), recordName };
  },
  judge: ({ ttlSeconds, recordName }) =>
    ttlSeconds > longTtlSeconds
      ? [
          {
            subject: recordName,
            detail: `Its TTL is ${ttlSeconds} seconds. For so long senders may not notice a new id, and go by the old policy when the MX change.`,
            remedy: 'Give the record a TTL of 300 to 3600 seconds.',
          },
        ]
      : [],
});

export const recordRules: readonly Rule[] = [
  recordServfail,
  dnssecBogus,
  wrongName,
  absentButPolicyHost,
  nsInconsistent,
  wildcardAnswer,
  ttlLong,
];
