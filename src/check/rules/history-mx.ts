/**
 * The rule about mail that moves (RFC 8461 §8.1): hosts that became MX while senders hold a policy in mode enforce
 * that does not allow them. A host that was an MX when the policy came is left to mx-patterns.ts.
 */
import type { HostName } from '../../protocol/domain.ts';
import { allows, type Policy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { correctedPolicy, endInOrder, renewedRecord, withFreshRecord } from '../corrections.ts';
import type { LedgerEntry } from '../history.ts';
import { takesNoMail } from '../observation.ts';
import { type Memory, spellInstant } from '../remembered.ts';
import { type Raised, type Rule, rule } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { policyIn } from '../served.ts';
import { inWords } from '../words.ts';
import { asRaised, remembering, skip } from './needs.ts';

interface Facts {
  readonly seen: Seen;
  readonly memory: Memory;
  readonly hosts: NonNullable<Memory['trail']['mx']>;
}

/** Senders that keep a policy renew it about once a day (RFC 8461 §3.3). */
const renewalMs = 86_400_000;
/** Where the TTL is not known: hardly any record has a longer one. */
const usualTtlSeconds = 3600;

/** How senders come from a policy that they hold to one that allows the host; the worst first. */
const stages = ['served', 'nothing-else', 'same-id', 'old-id-cached', 'renewing', 'stubborn'] as const;
type Stage = (typeof stages)[number];

interface Refusal {
  readonly host: HostName;
  readonly since: string;
  readonly entry: LedgerEntry;
  readonly policy: Policy;
  readonly stage: Stage;
  /** An MX of today is allowed, so that mail arrives there. */
  readonly hasOther: boolean;
}

const unsafe = rule<Facts>({
  id: 'mx-change.unsafe',
  area: 'mx',
  title: 'The MX changed before the policy that senders hold',
  severity: asRaised(
    'error; warning on the first day of the policy that allows the host, then notice; nothing of an earlier policy that allows another MX',
  ),
  cite: rfc(8461, '8.1'),
  supersedes: ['mx.not-covered', 'mx.backup-not-covered'],
  needs: (seen) => {
    const known = remembering(seen);
    if ('skip' in known) return known;
    const { mx } = seen.observation;
    if (takesNoMail(mx)) return skip('the domain takes no mail');
    if (mx.kind === 'unknown') return skip('DNS gave no answer for the MX');
    return { ...known, hosts: known.memory.trail.mx ?? [] };
  },
  judge: (facts) => {
    const refusals = refusalsOf(facts);
    return facts.hosts.flatMap(({ host }) => {
      const worst = refusals
        .filter((refusal) => refusal.host === host)
        .toSorted((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage))[0];
      return worst === undefined ? [] : [raise(facts, worst)];
    });
  },
});

function refusalsOf({ seen, memory, hosts }: Facts): readonly Refusal[] {
  const current = currentPolicy(seen, memory);
  return memory.held.flatMap((entry) => {
    const same = memory.ledger.filter(({ policyHash }) => policyHash === entry.policyHash);
    // No MX when the policy came, whatever id that had.
    const newcomers = hosts.filter(({ since }) => same.some(({ firstSeenAt }) => since > firstSeenAt));
    if (entry.mode !== 'enforce' || newcomers.length === 0) return [];
    const policy = policyIn(entry.body);
    if (policy === undefined) return [];
    const stage = stageOf(entry, current !== undefined, seen, memory);
    const isLate = stages.indexOf(stage) >= stages.indexOf('old-id-cached');
    const hasOther = hosts.some(({ host }) => allows(policy, host));
    // The next host in order takes the mail, as in every move that is made in good order.
    if (hasOther && isLate) return [];
    const isToldAlready = (host: HostName) =>
      stage !== 'served' &&
      current !== undefined &&
      !allows(current, host) &&
      (current.mode === 'enforce' || isLate);
    return newcomers
      .filter(({ host }) => !allows(policy, host) && !isToldAlready(host))
      .map(({ host, since }): Refusal => ({ host, since, entry, policy, stage, hasOther }));
  });
}

/** What senders fetch now; where this look could not measure it, what was served when one last did. */
function currentPolicy({ usablePolicy }: Seen, { ledger, trail }: Memory): Policy | undefined {
  const last = ledger.findLast(
    ({ policyHash, goneAt }) => goneAt === null && policyHash === trail.policy?.hash,
  );
  return usablePolicy ?? (last === undefined ? undefined : policyIn(last.body));
}

function stageOf(entry: LedgerEntry, hasOtherPolicy: boolean, seen: Seen, { trail }: Memory): Stage {
  if (entry.goneAt === null) return 'served';
  const { now } = seen;
  if (!hasOtherPolicy || trail.policy?.hash === entry.policyHash) return 'nothing-else';
  if (trail.record?.id === entry.id) return 'same-id';
  const published = Math.max(
    ...[trail.record?.since, trail.policy?.since].map((at) => Date.parse(at ?? entry.goneAt ?? '')),
  );
  const known = published + ttlSeconds(seen) * 1000;
  if (now.getTime() < known) return 'old-id-cached';
  return now.getTime() < known + renewalMs ? 'renewing' : 'stubborn';
}

function ttlSeconds({ observation: { record } }: Seen): number {
  const lookups = [record.lookup, ...record.authoritative.map(({ lookup }) => lookup)];
  const ttls = lookups.flatMap((lookup) =>
    lookup.kind === 'answered' ? [lookup.ttlSeconds ?? usualTtlSeconds] : [],
  );
  return Math.max(0, ...ttls);
}

function raise({ seen, memory }: Facts, refusal: Refusal): Raised {
  const { host, since, entry, policy, stage, hasOther } = refusal;
  const until = spellInstant(memory.heldUntil(entry));
  const gone = spellInstant(new Date(entry.goneAt ?? since));
  const became = `It became an MX by ${spellInstant(new Date(since))}`;
  const keep = `Keep a host that the earlier policy allows (${inWords(policy.mx, 3)}) among the MX until ${until}, with STARTTLS and a valid certificate.`;
  const subject = host;
  const spared = hasOther ? ({ breaks: false } as const) : {};
  switch (stage) {
    case 'served':
      return {
        subject,
        severity: 'error',
        detail: `Senders that honour the policy do not deliver to ${host}: no mx line matches it. ${became}, and the policy came before it.`,
        remedy: withFreshRecord(
          `Add this line to the policy: \`mx: ${host}\`.`,
          seen,
          correctedPolicy(seen, policy),
        ),
      };
    case 'nothing-else':
      return {
        subject,
        severity: 'error',
        ...spared,
        detail: `Senders that hold the policy which was served until ${gone} do not deliver to ${host} until ${until}, and find no other policy that allows it. ${became}.`,
        remedy: endInOrder(seen, until),
      };
    case 'same-id':
      return {
        subject,
        severity: 'error',
        ...spared,
        detail: `Senders that hold the policy which was served until ${gone} do not deliver to ${host} until ${until}: the record has the id that they know, so that they fetch no other. ${became}.`,
        remedy: `Publish the record with a new id: \`${renewedRecord(seen, currentPolicy(seen, memory) ?? policy)}\`.`,
      };
    case 'old-id-cached':
      return {
        subject,
        severity: 'error',
        ...spared,
        detail: `Senders that hold the policy which was served until ${gone} do not deliver to ${host} before they learn of the new id, and resolvers may still keep the old one. ${became}.`,
        remedy: keep,
      };
    case 'renewing':
    case 'stubborn':
      return {
        subject,
        severity: stage === 'renewing' ? 'warning' : 'notice',
        detail: `Senders that hold the policy which was served until ${gone}, and ${stage === 'renewing' ? 'have not renewed it yet' : 'keep it without asking for a new id'}, do not deliver to ${host}; the last of them until ${until}. ${became}.`,
        remedy: keep,
      };
  }
}

export const historyMxRules: readonly Rule[] = [unsafe];
