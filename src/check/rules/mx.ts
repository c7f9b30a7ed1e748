/** The MX records and the addresses of their hosts. What the hosts say over SMTP is in smtp.ts. */
import type { DomainName } from '../../protocol/domain.ts';
import { rfc } from '../../protocol/rfc.ts';
import { asksForPolicy } from '../asked.ts';
import { reviewMailOf } from '../choices.ts';
import { readHosts } from '../delivery.ts';
import { reviewUnusable } from '../mx-choices.ts';
import type { HostState } from '../mx-host.ts';
import type { MxObservation } from '../observation.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import { answered, type Seen } from '../seen.ts';
import { type Force, forceOf } from '../verdict.ts';
import { chainOf, inWords } from '../words.ts';
import { raisedFrom } from './cautions.ts';

interface HostFacts {
  readonly force: Force;
  readonly states: readonly HostState[];
}

/** All hosts, measured or not: DNS alone tells of these faults. */
function hostFacts(seen: Seen): HostFacts | Skip {
  const states = readHosts(seen);
  if (states.length === 0) return { skip: 'the domain has no MX host' };
  return { force: forceOf(seen), states };
}

interface MailFacts {
  readonly seen: Seen;
  readonly domain: DomainName;
  readonly mx: MxObservation;
  readonly force: Force;
}

function mailFacts(seen: Seen): MailFacts | Skip {
  const { domain, observation } = seen;
  if (observation.mx.kind === 'unknown') return { skip: 'DNS gave no answer for the MX' };
  return { seen, domain, mx: observation.mx, force: forceOf(seen) };
}

/** A dead host stops mail only together with all others; in enforce it counts as one that cannot protect. */
const unlessOff = {
  told: 'error; warning where the domain has no policy in force',
  of: ({ force }: { readonly force: Force }) => (force === 'off' ? 'warning' : 'error'),
} as const;

function breaking({ force, states }: HostFacts): Pick<Raised, 'breaks'> {
  const dead = states.every(({ kind }) => kind === 'no-address');
  return force === 'enforce' || dead ? {} : { breaks: false };
}

const noneImplicit = rule({
  id: 'mx.none-implicit',
  area: 'mx',
  title: 'The domain has no MX record',
  severity: 'warning',
  cite: rfc(5321, '5.1'),
  needs: mailFacts,
  judge: ({ domain, mx }) => raisedFrom(reviewMailOf(domain, mx), 'mx.none-implicit'),
});

const nullMx = rule({
  id: 'mx.null',
  area: 'mx',
  title: 'The domain takes no mail',
  severity: {
    told: 'warning for a domain with a record; error where it stands beside other MX',
    of: ({ force }, { subject }) => (subject === '.' && force !== 'off' ? 'error' : 'warning'),
  },
  cite: rfc(7505, '3'),
  needs: mailFacts,
  judge: ({ domain, mx, seen }) => [
    // Mode none is how a domain without mail ends its policy.
    ...(asksForPolicy(seen) && seen.mode !== 'none' ? raisedFrom(reviewMailOf(domain, mx), 'mx.null') : []),
    ...raisedFrom(reviewUnusable(mx, { mode: 'enforce' }), 'mx.null'),
  ],
});

const ipLiteral = rule({
  id: 'mx.ip-literal',
  area: 'mx',
  title: 'An MX record holds an IP address',
  severity: unlessOff,
  cite: rfc(5321, '5.1'),
  needs: mailFacts,
  judge: ({ mx, force }) =>
    raisedFrom(reviewUnusable(mx, { mode: 'enforce' }), 'mx.ip-literal').map(({ title: _, ...raised }) => ({
      ...raised,
      ...(force === 'enforce' ? {} : { breaks: false }),
    })),
});

const hostNxdomain = rule({
  id: 'mx.nxdomain',
  area: 'mx',
  title: 'An MX host does not exist',
  severity: unlessOff,
  cite: rfc(5321, '5.1'),
  needs: hostFacts,
  judge: (facts) =>
    withoutAddress(facts).flatMap(({ host, observation: { a, aaaa } }) => {
      const gone = [a, aaaa].find((lookup) => lookup.kind === 'answered' && !lookup.exists);
      if (gone?.kind !== 'answered') return [];
      const target = gone.aliases.at(-1);
      return [
        {
          subject: host,
          detail:
            target === undefined
              ? `No sender can deliver to ${host}: the name does not exist (NXDOMAIN), so each goes on to the next MX.`
              : `No sender can deliver to ${host}: it is an alias of ${target}, which does not exist (NXDOMAIN).`,
          remedy: `Give ${host} an A or AAAA record, or remove it from the MX records.`,
          ...breaking(facts),
        },
      ];
    }),
});

const noAddress = rule({
  id: 'mx.no-address',
  area: 'mx',
  title: 'An MX host has no address',
  severity: unlessOff,
  cite: rfc(5321, '5.1'),
  needs: hostFacts,
  judge: (facts) =>
    withoutAddress(facts).flatMap(({ host, observation: { a, aaaa } }) => {
      if ([a, aaaa].some((lookup) => lookup.kind === 'answered' && !lookup.exists)) return [];
      const loop = [a, aaaa].some((lookup) => answered<unknown>(lookup)?.aliasLoop === true);
      return [
        {
          subject: host,
          detail: `No sender can deliver to ${host}: ${loop ? 'its alias leads back to itself' : 'it has neither an A nor an AAAA record'}, so each goes on to the next MX.`,
          remedy: `Give ${host} an A or AAAA record, or remove it from the MX records.`,
          ...breaking(facts),
        },
      ];
    }),
});

/** Hosts that DNS has no address for; one whose lookup failed is none. */
function withoutAddress({ states }: HostFacts): readonly HostState[] {
  return states.filter(hasNoAddress);
}

function hasNoAddress({ kind, addresses }: HostState): boolean {
  return kind === 'no-address' && addresses.length === 0;
}

const privateAddress = rule({
  id: 'mx.private-address',
  area: 'mx',
  title: 'An MX host has an address that is not public',
  severity: {
    told: 'error where the host has no other; else, and where no policy is in force, warning',
    of: ({ force, states }: HostFacts, { subject }) =>
      force !== 'off' && states.some(({ host, kind }) => host === subject && kind === 'no-address')
        ? 'error'
        : 'warning',
  },
  cite: rfc(5321, '5.1'),
  needs: hostFacts,
  judge: (facts) =>
    facts.states.flatMap(({ host, addresses }) => {
      const refused = addresses.flatMap(({ session: { address, result } }) =>
        result.kind === 'address-refused' ? [`${address} (${result.block})`] : [],
      );
      if (refused.length === 0) return [];
      const all = refused.length === addresses.length;
      return [
        {
          subject: host,
          detail: `${all ? `No sender on the internet can deliver to ${host}` : `Senders that try ${host} lose time there`}: ${inWords(refused)} cannot be reached from outside.`,
          remedy: all
            ? `Give ${host} a public address, or remove it from the MX records.`
            : `Remove ${refused.length === 1 ? 'that address' : 'these addresses'} from ${host}.`,
          ...breaking(facts),
        },
      ];
    }),
});

const cname = rule({
  id: 'mx.cname',
  area: 'mx',
  title: 'An MX host is an alias',
  severity: 'warning',
  cite: rfc(2181, '10.3'),
  needs: hostFacts,
  judge: ({ states }) =>
    states.flatMap((state) => {
      const { host, observation } = state;
      const { a, aaaa } = observation;
      const chain = [a, aaaa]
        .map((lookup) => answered(lookup)?.aliases ?? [])
        .find(({ length }) => length > 0);
      if (chain === undefined || hasNoAddress(state)) return [];
      return [
        {
          subject: host,
          detail: `${host} is an alias (CNAME): ${chainOf({ name: host, aliases: chain })}. Most senders hold policy and certificate against ${host}, and some against the target, so that one of them may not fit.`,
          remedy: `Give ${host} A and AAAA records of its own, or name ${chain.at(-1)} in the MX record and in the policy.`,
        },
      ];
    }),
});

export const mxRules: readonly Rule[] = [
  noneImplicit,
  nullMx,
  ipLiteral,
  hostNxdomain,
  noAddress,
  privateAddress,
  cname,
];
