/** The rules about the way from the first publication to enforce, and about never going it. */
import type { Policy } from '../../protocol/mtasts.ts';
import { spellSeconds } from '../../protocol/publishing-steps.ts';
import { rfc } from '../../protocol/rfc.ts';
import { correctedPolicy, freshRecord } from '../corrections.ts';
import { deliveriesOf } from '../delivery.ts';
import type { LedgerEntry } from '../history.ts';
import { type Memory, spellInstant } from '../remembered.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { policyIn } from '../served.ts';
import { inWords } from '../words.ts';
import { remembering, skip } from './needs.ts';

const dayMs = 86_400_000;
/** Reports come a day late and some senders write once a week: two weeks, as Google advises. */
const trialMs = 14 * dayMs;
/** Who was in testing for a day has seen the first reports. */
const tooEarlyMs = dayMs;
/** Four times the trial: whoever is not through by then has forgotten it. */
const testingLongMs = 4 * trialMs;
/** Whoever looks once a week has seen it. */
const weakenedToldMs = 7 * dayMs;
/** A month, which is the least that is advised in the end (2592000), and a day for those who count 31. */
const longMaxAgeSeconds = 31 * 86_400;

interface Facts {
  readonly seen: Seen;
  readonly memory: Memory;
  readonly policy: Policy;
}

function inMode(seen: Seen, mode: Policy['mode']): Facts | Skip {
  const known = remembering(seen);
  if ('skip' in known) return known;
  const policy = seen.usablePolicy;
  return policy?.mode === mode ? { ...known, policy } : skip(`no policy in mode ${mode} is in force`);
}

interface EnforceFacts extends Facts {
  /** The first policy in mode enforce that was seen. */
  readonly first: LedgerEntry;
  /** When the first policy of any mode was seen. */
  readonly published: string;
}

/** Whose beginning was seen: a look before it measured the policy host. */
function beginnings(seen: Seen): EnforceFacts | Skip {
  const facts = inMode(seen, 'enforce');
  if ('skip' in facts) return facts;
  const { ledger, trail } = facts.memory;
  const byAge = ledger.toSorted((one, other) => (one.firstSeenAt < other.firstSeenAt ? -1 : 1));
  const first = byAge.find(({ mode }) => mode === 'enforce');
  const published = byAge[0]?.firstSeenAt;
  if (first === undefined || published === undefined || trail.knownSince === null) {
    return skip('no look saw how enforce began');
  }
  return first.firstSeenAt > trail.knownSince
    ? { ...facts, first, published }
    : skip('the policy was in mode enforce at the first look already');
}

function sinceMs({ seen }: Facts, at: string): number {
  return seen.now.getTime() - Date.parse(at);
}

const tooEarly = rule<EnforceFacts>({
  id: 'enforce.too-early',
  area: 'domain',
  title: 'Enforce came before testing could show anything',
  severity: 'warning',
  cite: rfc(8461, '5'),
  needs: beginnings,
  judge: (facts) => {
    const { seen, memory, policy, first, published } = facts;
    const knownFirst = published > (memory.trail.knownSince ?? '');
    const tested = Date.parse(first.firstSeenAt) - Date.parse(published);
    if (!knownFirst || tested >= tooEarlyMs || sinceMs(facts, published) >= trialMs) return [];
    const testing = { ...correctedPolicy(seen, policy), mode: 'testing' as const };
    const before =
      tested === 0
        ? 'without any time in testing'
        : `after ${spellSeconds(Math.round(tested / 1000))} in testing`;
    return [
      {
        subject: seen.domain,
        detail: `Senders refuse every MX of ${seen.domain} that fails, and no report can have told yet which do: the first policy was seen at ${spellInstant(new Date(published))}, and enforce came ${before}.`,
        remedy: `Write \`mode: testing\` in the policy, and then publish the record with a new id: \`${freshRecord(seen, testing)}\`. Go to enforce when the reports of two weeks show no failure.`,
      },
    ];
  },
});

const maxAgeJump = rule<EnforceFacts>({
  id: 'policy.max_age-jump',
  area: 'policy',
  title: 'Enforce began with a long max_age',
  severity: 'notice',
  cite: rfc(8461, '3.2'),
  needs: beginnings,
  judge: (facts) => {
    const { seen, policy, first } = facts;
    const isLong = first.maxAgeSeconds > longMaxAgeSeconds && policy.maxAgeSeconds > longMaxAgeSeconds;
    if (!isLong || sinceMs(facts, first.firstSeenAt) >= trialMs) return [];
    const shorter = { ...policy, maxAgeSeconds: 604_800 };
    return [
      {
        subject: 'max_age',
        detail: `Senders that do not ask for a new id hold this policy for ${spellSeconds(policy.maxAgeSeconds)}, with whatever is wrong in it. It is the first in mode enforce, since ${spellInstant(new Date(first.firstSeenAt))}.`,
        remedy: `Write \`max_age: 604800\` for the first two weeks, and then publish the record with a new id: \`${freshRecord(seen, shorter)}\`.`,
      },
    ];
  },
});

const testingLong = rule<Facts>({
  id: 'policy.mode-testing-long',
  area: 'policy',
  title: 'The policy has been in testing for months',
  severity: 'notice',
  cite: rfc(8461, '5'),
  needs: (seen) => inMode(seen, 'testing'),
  judge: (facts) => {
    const { seen, memory, policy } = facts;
    const since = memory.trail.mode?.since ?? seen.observation.startedAt;
    const days = Math.floor(sinceMs(facts, since) / dayMs);
    if (days * dayMs < testingLongMs) return [];
    const failing = deliveriesOf(seen)
      .filter(({ outcome }) => outcome === 'delivers-and-reports' || outcome === 'skips')
      .map(({ host }) => host);
    const enforce = { ...correctedPolicy(seen, policy), mode: 'enforce' as const };
    const ready = failing.length === 0 ? 'When' : `Mend ${inWords(failing, 3)}, and when`;
    return [
      {
        subject: 'mode',
        detail: `Senders report failures and deliver all the same, so that mail to ${seen.domain} can be intercepted. The mode has been testing for ${days} days.`,
        remedy: `${ready} the reports of two weeks show no failure, write \`mode: enforce\` in the policy, and then publish the record with a new id: \`${freshRecord(seen, enforce)}\`.`,
      },
    ];
  },
});

/** The mode that is served asks less of senders than the one before, and everybody who watches should know. */
const weakened = rule<Facts>({
  id: 'policy.weakened',
  area: 'policy',
  title: 'The policy asks for less than before',
  severity: 'warning',
  cite: rfc(8461, '5'),
  needs: (seen) => {
    const known = remembering(seen);
    if ('skip' in known) return known;
    const policy = seen.usablePolicy;
    return policy === undefined ? skip('no policy that senders can use is published') : { ...known, policy };
  },
  judge: (facts) => {
    const { seen, memory, policy } = facts;
    if (policy.mode === 'enforce') return [];
    const enforced = memory.ledger.filter(({ mode }) => mode === 'enforce');
    const [last] = enforced.toSorted((one, other) => ((one.goneAt ?? '') < (other.goneAt ?? '') ? 1 : -1));
    if (last === undefined || last.goneAt === null || sinceMs(facts, last.goneAt) >= weakenedToldMs)
      return [];
    const enforce = { ...correctedPolicy(seen, { ...policy, ...mxOf(last) }), mode: 'enforce' as const };
    const hosts =
      policy.mode === 'none' ? 'whatever host and TLS they find' : 'hosts that fail, and report them';
    return [
      {
        subject: 'mode',
        detail: `Senders that fetch the policy now deliver to ${hosts}; the mode is ${policy.mode}, and was enforce until ${spellInstant(new Date(last.goneAt))}. Those that hold the old policy keep to it until they look again.`,
        remedy: `If that was meant, nothing is to be done, and this is told no longer after a week. If not, write \`mode: enforce\` in the policy, and then publish the record with a new id: \`${freshRecord(seen, enforce)}\`.`,
      },
    ];
  },
});

/** A policy of mode none need not list hosts; those of the one before it are what enforce would need. */
function mxOf({ body }: LedgerEntry): Pick<Policy, 'mx'> {
  return { mx: policyIn(body)?.mx ?? [] };
}

export const historyPolicyRules: readonly Rule[] = [weakened, maxAgeJump, testingLong];
export const historyDomainRules: readonly Rule[] = [tooEarly];
