/** The policy's mx patterns against the MX that the domain has now. Their spelling is for policy rules. */
import type { DomainName } from '../../protocol/domain.ts';
import type { Policy } from '../../protocol/mtasts.ts';
import { coverage } from '../../protocol/providers.ts';
import { rfc } from '../../protocol/rfc.ts';
import type { Caution } from '../choices.ts';
import { correctedPolicy, strangersDomain, withFreshRecord } from '../corrections.ts';
import { reviewCoverage, reviewPatterns } from '../mx-choices.ts';
import { liveHosts, type MxObservation } from '../observation.ts';
import { once } from '../once.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type Force, forceOf } from '../verdict.ts';
import { raisedFrom } from './cautions.ts';
import { byForce, skip, unasked } from './needs.ts';

interface Facts {
  readonly seen: Seen;
  readonly domain: DomainName;
  readonly policy: Policy;
  readonly mx: MxObservation;
  readonly force: Force;
}

function patternFacts(seen: Seen): Facts | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  const policy = seen.policy?.value;
  if (policy === undefined) return skip('no policy could be read');
  if (policy.mode === 'none') return skip('the policy is in mode none');
  const { domain, observation } = seen;
  return { seen, domain, policy, mx: observation.mx, force: forceOf(seen) };
}

function coverageFacts(seen: Seen): Facts | Skip {
  const facts = patternFacts(seen);
  if ('skip' in facts) return facts;
  const { mx } = facts;
  if (mx.kind === 'unknown') return skip('DNS gave no answer for the MX');
  return mx.kind === 'hosts' || mx.kind === 'implicit' ? facts : skip('the domain takes no mail');
}

/** Also the MX that are too many to look at might be what a pattern is for. */
function unusedFacts(seen: Seen): Facts | Skip {
  const facts = coverageFacts(seen);
  if ('skip' in facts) return facts;
  const { mx } = facts;
  return mx.kind === 'hosts' && mx.omitted !== undefined
    ? skip('the domain has more MX than are looked at')
    : facts;
}

/** What follows from all patterns together; policies of thousands are read once for all rules. */
const worked = once((seen) => {
  const { domain, policy, observation } = seen;
  const value = policy?.value;
  if (value === undefined) return undefined;
  const { mx } = observation;
  const choices = { domain, policy: value, mx };
  const { byHost } = coverage(
    value.mx,
    liveHosts(mx).map(({ host }) => host),
  );
  return {
    coverage: reviewCoverage(choices),
    patterns: reviewPatterns(choices),
    corrected: correctedPolicy(seen, value),
    nearest: new Set<string>(byHost.flatMap((host) => host.nearest?.pattern ?? [])),
  };
});

function cautionsOf({ seen }: Facts, about: 'coverage' | 'patterns'): readonly Caution[] {
  return worked(seen)?.[about] ?? [];
}

function mended({ seen, policy }: Facts, raised: readonly Raised[]): readonly Raised[] {
  const corrected = worked(seen)?.corrected ?? policy;
  return raised.map((one) => ({ ...one, remedy: withFreshRecord(one.remedy, seen, corrected) }));
}

const notCovered = rule({
  id: 'mx.not-covered',
  area: 'mx',
  title: 'An MX host is missing from the policy',
  severity: byForce,
  cite: rfc(8461, '4.1'),
  needs: coverageFacts,
  judge: (facts) => mended(facts, raisedFrom(cautionsOf(facts, 'coverage'), 'mx.not-covered')),
});

const backupNotCovered = rule({
  id: 'mx.backup-not-covered',
  area: 'mx',
  title: 'A backup MX is missing from the policy',
  severity: byForce,
  cite: rfc(8461, '8.4'),
  needs: coverageFacts,
  judge: (facts) =>
    mended(facts, raisedFrom(cautionsOf(facts, 'coverage'), 'mx.backup-not-covered')).map((raised) => ({
      ...raised,
      cite: rfc(8461, '8.4'),
    })),
});

const publicSuffix = rule({
  id: 'mx.pattern-public-suffix',
  area: 'policy',
  title: 'Strangers can have names under the pattern',
  severity: 'error',
  cite: rfc(8461, '10.4'),
  supersedes: ['mx.pattern-unused', 'mx.pattern-single-label'],
  needs: patternFacts,
  judge: (facts) => mended(facts, few(raisedFrom(cautionsOf(facts, 'patterns'), 'mx.pattern-public-suffix'))),
});

const unregistered = rule({
  id: 'mx.pattern-unregistered',
  area: 'policy',
  title: 'Anybody can register the domain of a pattern',
  severity: 'error',
  cite: rfc(8461, '10.4'),
  supersedes: ['mx.pattern-unused', 'policy.provider-mismatch'],
  needs: (seen) => {
    const facts = patternFacts(seen);
    if ('skip' in facts) return facts;
    const failed = seen.observation.patternDomains.every(({ lookup }) => lookup.kind !== 'answered');
    return failed && seen.observation.patternDomains.length > 0
      ? skip('DNS gave no answer for the domains of the patterns')
      : facts;
  },
  judge: (facts) => {
    const { seen, policy } = facts;
    const raised = [...new Set(policy.mx)].flatMap((pattern): Raised[] => {
      const free = strangersDomain(seen, pattern);
      if (free === undefined) return [];
      return [
        {
          subject: pattern,
          detail: `${free} is not registered: whoever registers it gets a certificate for ${pattern} and is taken for an MX of ${seen.domain}.`,
          remedy: `Remove the mx line of \`${pattern}\`.`,
        },
      ];
    });
    return mended(facts, few(raised));
  },
});

const providerMismatch = rule({
  id: 'policy.provider-mismatch',
  area: 'policy',
  title: 'The pattern never matches the MX of its provider',
  severity: 'warning',
  cite: rfc(8461, '4.1'),
  supersedes: ['mx.pattern-unused'],
  needs: coverageFacts,
  judge: (facts) =>
    mended(
      facts,
      unlessNearest(facts, raisedFrom(cautionsOf(facts, 'patterns'), 'policy.provider-mismatch')),
    ),
});

const ownWildcard = rule({
  id: 'mx.pattern-own-wildcard',
  area: 'policy',
  title: 'The pattern takes in the whole domain',
  severity: 'warning',
  cite: rfc(8461, '10.4'),
  supersedes: ['mx.pattern-unused'],
  needs: patternFacts,
  judge: (facts) => raisedFrom(cautionsOf(facts, 'patterns'), 'mx.pattern-own-wildcard'),
});

const unused = rule({
  id: 'mx.pattern-unused',
  area: 'policy',
  title: 'The pattern matches no MX of the domain',
  severity: 'notice',
  cite: rfc(8461, '4.1'),
  needs: unusedFacts,
  judge: (facts) => few(unlessNearest(facts, raisedFrom(cautionsOf(facts, 'patterns'), 'mx.pattern-unused'))),
});

/** A policy of hundreds of patterns has one fault hundreds of times. */
const patternsTold = 10;

function few(raised: readonly Raised[]): readonly Raised[] {
  const more = raised.length - patternsTold;
  return raised
    .slice(0, patternsTold)
    .map((one, at) =>
      more > 0 && at === patternsTold - 1
        ? { ...one, detail: `${one.detail} The same holds for ${more} more patterns.` }
        : one,
    );
}

/** A pattern that comes closest to a host left out is told there, with the reason: one slip, one finding. */
function unlessNearest({ seen }: Facts, raised: readonly Raised[]): readonly Raised[] {
  const nearest = worked(seen)?.nearest;
  return raised.filter(({ subject }) => nearest?.has(subject) !== true);
}

export const mxPatternRules: readonly Rule[] = [
  notCovered,
  backupNotCovered,
  publicSuffix,
  unregistered,
  providerMismatch,
  ownWildcard,
  unused,
];
