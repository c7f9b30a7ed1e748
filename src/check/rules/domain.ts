/** What concerns the domain as a whole, and the life of its policy. */
import { type Policy, parseRecordSet } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { asksForPolicy } from '../asked.ts';
import { reviewMode } from '../choices.ts';
import { correctedPolicy, freshRecord } from '../corrections.ts';
import { type Delivery, deliveriesOf, readHosts } from '../delivery.ts';
import { isRefusedByDane } from '../mx-host.ts';
import { type DnsAnswered, joined, type TxtRecord } from '../observation.ts';
import { type Rule, rule } from '../rule.ts';
import { answered, type Seen } from '../seen.ts';
import { forceOf } from '../verdict.ts';
import { inWords } from '../words.ts';
import { raisedFrom } from './cautions.ts';

const noInheritance = rule<{ readonly seen: Seen; readonly above: DnsAnswered<TxtRecord> }>({
  id: 'sub.no-inheritance',
  area: 'domain',
  title: 'The record of the domain above does not count here',
  severity: 'notice',
  cite: rfc(8461, '3.4'),
  needs: (seen) => {
    const { parent } = seen.observation.record;
    if (parent === undefined) return { skip: 'there is no domain above it that could have a record' };
    const above = answered(parent);
    if (above === undefined || seen.record === undefined)
      return { skip: 'DNS gave no answer for the record' };
    return { seen, above };
  },
  judge: ({ seen, above }) => {
    const { kind } = seen.observation.mx;
    if (asksForPolicy(seen) || (kind !== 'hosts' && kind !== 'implicit')) return [];
    if (parseRecordSet(joined(above)).verdict !== 'valid') return [];
    return [
      {
        subject: seen.domain,
        detail: `Senders ask for the record of ${seen.domain} alone. ${above.name} has one, and it says nothing about mail to ${seen.domain}.`,
        remedy: `Publish a record at ${seen.recordName} and a policy at ${seen.policyUrl}, too.`,
      },
    ];
  },
});

interface EnforceFacts {
  readonly seen: Seen;
  readonly policy: Policy;
  readonly deliveries: readonly Delivery[];
}

const unsafeNow = rule<EnforceFacts>({
  id: 'enforce.unsafe-now',
  area: 'domain',
  title: 'In mode enforce no mail can arrive',
  severity: 'error',
  cite: rfc(8461, '5'),
  needs: (seen) => {
    const policy = seen.usablePolicy;
    if (policy?.mode !== 'enforce' || forceOf(seen) !== 'enforce') {
      return { skip: 'no policy in mode enforce is in force' };
    }
    const deliveries = deliveriesOf(seen);
    if (deliveries.length === 0) return { skip: 'the domain has no MX host' };
    // One host that another look might find good is enough for mail to arrive.
    if (deliveries.every(({ outcome }) => outcome === 'not-measured')) {
      return { skip: 'no MX host could be measured from here' };
    }
    return { seen, policy, deliveries };
  },
  judge: ({ seen, policy, deliveries }) => {
    if (deliveries.some(({ outcome }) => outcome !== 'skips')) return [];
    // A dead host and one that DANE refuses stay so in testing.
    const mode = readHosts(seen).some(({ kind, dane }) => kind !== 'no-address' && !isRefusedByDane(dane));
    if (!mode) return [];
    const testing = { ...correctedPolicy(seen, policy), mode: 'testing' as const };
    return [
      {
        subject: seen.domain,
        detail: `Senders that honour the policy (Gmail and Outlook.com among them) deliver to none of the MX hosts. ${inWords(
          deliveries.map(({ because }) => because.replace(/\.$/, '')),
          3,
        )}. Mail waits, and after some days goes back.`,
        remedy: `Until that is mended, write \`mode: testing\` in the policy, and then publish the record with a new id: \`${freshRecord(seen, testing)}\`.`,
      },
    ];
  },
});

const longNone = rule<{ readonly seen: Seen; readonly policy: Policy }>({
  id: 'removal.long-none',
  area: 'domain',
  title: 'Mode none is kept for long',
  severity: 'notice',
  cite: rfc(8461, '8.3'),
  needs: (seen) => {
    const policy = seen.policy?.value;
    return policy?.mode === 'none' ? { seen, policy } : { skip: 'the mode is not none' };
  },
  judge: ({ seen, policy }) =>
    raisedFrom(reviewMode({ domain: seen.domain, policy, mx: undefined }), 'removal.long-none'),
});

export const domainRules: readonly Rule[] = [noInheritance, unsafeNow, longNone];
