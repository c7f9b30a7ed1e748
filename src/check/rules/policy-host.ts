/**
 * The rules for the policy host in DNS, and for whether its addresses can be connected to. Its certificate
 * is policy-host-certificate.ts, what it answers http.ts.
 */
import { formatPolicy, parsePolicy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { bytesOf, type DnsAnswered, type SocketProblem } from '../observation.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import type { Answer, Seen } from '../seen.ts';
import { type Failed, isSpared, raiseByAddress, triedAddresses } from './addresses.ts';
import { asRaised, byAddresses, inWords, skip, unasked } from './facts.ts';
import { chainOf } from './record.ts';
import { serviceOf, unclaimedBy } from './unclaimed.ts';

const fetching = rfc(8461, '3.3');
/** What a fault of the policy host does. */
export const noPolicy =
  'Senders cannot fetch the policy: they deliver as if there were none, or by an older one that they still keep.';

interface HostNames {
  readonly seen: Seen;
  readonly a: DnsAnswered<string>;
  readonly aaaa: DnsAnswered<string>;
  readonly aliases: readonly string[];
}

function hostNames(seen: Seen): HostNames | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  const { a, aaaa } = seen.observation.policyHost;
  if (a.kind !== 'answered' || aaaa.kind !== 'answered')
    return skip('DNS gave no answer about the policy host');
  return { seen, a, aaaa, aliases: a.aliases.length > 0 ? a.aliases : aaaa.aliases };
}

const missing = rule({
  id: 'host.missing',
  area: 'policy-host',
  title: 'The policy host has no address',
  severity: 'error',
  cite: fetching,
  needs: hostNames,
  judge: ({ seen: { policyHost }, a, aaaa, aliases }) => {
    if (a.records.length + aaaa.records.length > 0) return [];
    const looped = a.aliasLoop === true || aaaa.aliasLoop === true;
    const chain = chainOf({ name: policyHost, aliases });
    const what =
      aliases.length === 0
        ? `${policyHost} ${a.exists || aaaa.exists ? 'has neither A nor AAAA record' : 'does not exist'}.`
        : looped
          ? `${chain} leads back into itself.`
          : `${chain}: ${aliases.at(-1)} has no address.`;
    return [
      {
        subject: policyHost,
        detail: `${what} ${noPolicy}`,
        remedy: `Publish an A and AAAA record, or a CNAME, at \`${policyHost}\` that leads to the web server with the policy.`,
      },
    ];
  },
});

const takeOver =
  'Whoever claims that name gets certificates for the policy host and serves any policy, also one that stops all mail (RFC 8461 §10.3).';

const cnameDangling = rule({
  id: 'host.cname-dangling',
  area: 'policy-host',
  title: 'The policy host is an alias that leads to nothing',
  severity: 'error',
  cite: rfc(8461, '10.3'),
  supersedes: ['host.missing'],
  silences: [
    'http.status',
    'http.html-body',
    'host.cert-name-mismatch',
    'host.cert-self-signed',
    'host.cert-untrusted',
  ],
  needs: hostNames,
  judge: ({ seen, a, aaaa, aliases }) => {
    const { policyHost, observation } = seen;
    const chain = chainOf({ name: policyHost, aliases });
    const end = aliases.at(-1) ?? policyHost;
    const remedy = `Remove the CNAME at \`${policyHost}\`, or claim ${end} again and serve the policy there.`;
    const gone = a.records.length + aaaa.records.length === 0 && !(a.exists && aaaa.exists);
    const looped = a.aliasLoop === true || aaaa.aliasLoop === true;
    if (aliases.length > 0 && gone && !looped) {
      const service = serviceOf(end);
      const claim = service === undefined ? '' : ` At ${service} anybody can take it.`;
      return [
        { subject: policyHost, detail: `${chain} does not exist. ${noPolicy}${claim} ${takeOver}`, remedy },
      ];
    }
    const unclaimed = observation.policyHost.fetches.flatMap(({ result }) =>
      result.kind === 'response'
        ? (unclaimedBy(aliases, result.response.status, result.response.body) ?? [])
        : [],
    )[0];
    if (unclaimed === undefined) return [];
    return [
      {
        subject: policyHost,
        detail: `${chain} is served by ${unclaimed}, which says that nobody claims it. ${noPolicy} ${takeOver}`,
        remedy,
      },
    ];
  },
});

const privateAddress = rule({
  id: 'host.private-address',
  area: 'policy-host',
  title: 'The policy host has an address that is not public',
  severity: byAddresses,
  cite: fetching,
  needs: (seen) => {
    const off = unasked(seen);
    if (off !== undefined) return off;
    const { fetches } = seen.observation.policyHost;
    if (fetches.length === 0) return skip('the policy host has no address to try');
    const refused = fetches.flatMap(({ address, result }) =>
      result.kind === 'address-refused' ? [{ address, block: result.block }] : [],
    );
    return { seen, refused, all: refused.length === fetches.length, spared: isSpared(seen) };
  },
  judge: ({ seen: { policyHost }, refused, all, spared }) => {
    if (refused.length === 0) return [];
    const list = inWords(refused.map(({ address, block }) => `${address} (${block})`));
    const consequence = all
      ? noPolicy
      : 'Senders that try it reach nothing, or a host of their own, before they try another.';
    return [
      {
        subject: all ? policyHost : inWords(refused.map(({ address }) => address)),
        severity: spared ? 'warning' : 'error',
        detail: `${policyHost} has ${list}, which nobody can reach from outside. ${consequence} Nothing was connected to there.`,
        remedy: `Publish public addresses alone at \`${policyHost}\`.`,
      },
    ];
  },
});

const ipv6Only = rule({
  id: 'host.ipv6-only',
  area: 'policy-host',
  title: 'The policy host has no IPv4 address',
  severity: 'warning',
  cite: fetching,
  needs: (seen) => {
    const names = hostNames(seen);
    if ('skip' in names) return names;
    return names.a.records.length + names.aaaa.records.length === 0
      ? skip('the policy host has no address to try')
      : names;
  },
  judge: ({ seen: { policyHost }, a }) =>
    a.records.length > 0
      ? []
      : [
          {
            subject: policyHost,
            detail: 'Senders without IPv6 cannot fetch the policy, and deliver as if there were none.',
            remedy: `Publish an A record at \`${policyHost}\` as well.`,
          },
        ],
});

// Connections

const happened: Readonly<Record<SocketProblem, string>> = {
  'connection-refused': 'refuses the connection',
  timeout: 'does not answer in time',
  reset: 'breaks the connection off',
  closed: 'closes the connection too early',
  unreachable: 'cannot be reached',
  garbage: 'answers with something else than the protocol',
  'too-much': 'answers without end',
  tls: 'does not agree on TLS',
};

function tell({ address, result: { at, problem, alert } }: Failed): string {
  const during = { connect: '', tls: ' during the TLS handshake', http: ' instead of an HTTP answer' }[at];
  return `${address} ${happened[problem]}${during}${alert === undefined ? '' : ` (alert ${alert})`}`;
}

type Failure = 'closed' | 'sni' | 'old' | 'http' | 'other';

function failureOf({ result: { at, alert, olderProtocol } }: Failed): Failure {
  if (at === 'connect') return 'closed';
  if (at === 'http') return 'http';
  if (olderProtocol !== undefined) return 'old';
  return alert === 'unrecognized_name' ? 'sni' : 'other';
}

/** Where no address answers at all: those that fail in one way, told together. */
export function raiseFailures(
  { seen, tried, answers, failures }: Exclude<ReturnType<typeof triedAddresses>, Skip>,
  kind: Failure,
  wording: (list: string, one: Failed) => Pick<Raised, 'detail' | 'remedy'>,
): readonly Raised[] {
  const these = answers.length > 0 ? [] : failures.filter((failure) => failureOf(failure) === kind);
  const [first] = these;
  if (first === undefined) return [];
  const subject =
    these.length === tried.length ? seen.policyHost : inWords(these.map(({ address }) => address));
  return [{ subject, ...wording(`${inWords(these.map(tell))}.`, first) }];
}

const portClosed = rule({
  id: 'host.port-closed',
  area: 'policy-host',
  title: 'The policy host takes no connection on port 443',
  severity: 'error',
  cite: fetching,
  needs: triedAddresses,
  judge: (facts) =>
    raiseFailures(facts, 'closed', (list) => ({
      detail: `${list} ${noPolicy}`,
      remedy: `Open port 443 of ${facts.seen.policyHost} to everybody, and serve HTTPS there.`,
    })),
});

const sniAlert = rule({
  id: 'host.sni-alert',
  area: 'policy-host',
  title: 'The web server does not know the name of the policy host',
  severity: 'error',
  cite: fetching,
  needs: triedAddresses,
  judge: (facts) =>
    raiseFailures(facts, 'sni', (list) => ({
      detail: `Asked for ${facts.seen.policyHost}, it ends the handshake with the alert unrecognized_name. ${list} ${noPolicy}`,
      remedy: `Set up a virtual host for \`${facts.seen.policyHost}\` on the web server, with a certificate for that name.`,
    })),
});

const tlsTooOld = rule({
  id: 'host.tls-too-old',
  area: 'policy-host',
  title: 'The policy host speaks only old versions of TLS',
  severity: 'error',
  cite: rfc(8996, '5'),
  needs: triedAddresses,
  judge: (facts) => [
    ...raiseFailures(facts, 'old', (list, { result: { olderProtocol } }) => ({
      detail: `It agrees on ${olderProtocol} at most, and senders ask for TLS 1.2 or later. ${list} ${noPolicy}`,
      remedy: 'Enable TLS 1.2 and TLS 1.3 on the web server.',
    })),
    ...raiseByAddress(facts.seen, facts.answers, ({ result: { tls } }) =>
      /^(?:SSL|TLSv1(?:\.1)?$)/.test(tls.protocol)
        ? {
            detail: `It agreed on ${tls.protocol}, and senders ask for TLS 1.2 or later. ${noPolicy}`,
            remedy: 'Enable TLS 1.2 and TLS 1.3 on the web server.',
          }
        : undefined,
    ),
  ],
});

const tls13Only = rule({
  id: 'host.tls13-only',
  area: 'policy-host',
  title: 'The policy host speaks TLS 1.3 alone',
  severity: 'notice',
  cite: rfc(9325, '3.1.1'),
  needs: (seen) => {
    const facts = triedAddresses(seen);
    if ('skip' in facts) return facts;
    const answers = facts.answers.filter(({ result }) => result.takesTls12 !== undefined);
    return answers.length === 0 ? skip('no handshake with TLS 1.2 was tried') : { seen, answers };
  },
  judge: ({ seen, answers }) =>
    raiseByAddress(seen, answers, ({ result: { takesTls12 } }) =>
      takesTls12 === false
        ? {
            severity: 'notice',
            detail:
              'A handshake with TLS 1.2 fails. Some senders fetch policies with TLS 1.2 at most (the Mimecast library does), and get none here.',
            remedy: 'Enable TLS 1.2 beside TLS 1.3.',
          }
        : undefined,
    ),
});

const addressBroken = rule({
  id: 'host.address-broken',
  area: 'policy-host',
  title: 'An address of the policy host does not work',
  severity: asRaised('error where senders without IPv6 find no address that works, else warning'),
  cite: fetching,
  needs: triedAddresses,
  judge: (facts) => {
    const { seen, answers, failures } = facts;
    const remedy = 'Mend the server at that address, or remove the address from DNS.';
    const [first] = failures;
    if (answers.length === 0 || first === undefined) {
      return raiseFailures(facts, 'other', (list) => ({
        detail: `${list} ${noPolicy}`,
        remedy: `Set the web server up for HTTPS at ${seen.policyHost}, with TLS 1.2 and TLS 1.3.`,
      }));
    }
    return [
      {
        subject: inWords(failures.map(({ address }) => address)),
        severity: isSpared(seen) ? 'warning' : 'error',
        detail: `${inWords(failures.map(tell))}, while ${inWords(answers.map(({ address }) => address))} ${answers.length === 1 ? 'answers' : 'answer'}. Senders that try it first lose time, or get no policy.`,
        remedy,
      },
    ];
  },
});

const addressesDiffer = rule({
  id: 'host.addresses-differ',
  area: 'policy-host',
  title: 'The addresses of the policy host serve different policies',
  severity: 'warning',
  cite: fetching,
  needs: (seen) => {
    const facts = triedAddresses(seen);
    if ('skip' in facts) return facts;
    const served = facts.answers.filter(
      ({ result: { response } }) => response.status === 200 && response.cut === undefined,
    );
    return served.length < 2 ? skip('fewer than two addresses served a file') : { seen, served };
  },
  judge: ({ seen, served }) => {
    const groups = Map.groupBy(served, contentOf);
    if (groups.size < 2) return [];
    const list = [...groups.values()].map(
      (answers) => `${inWords(answers.map(({ address }) => address))}: ${describe(answers[0])}`,
    );
    return [
      {
        subject: seen.policyHost,
        detail: `Which policy a sender gets depends on the address that it takes. ${inWords(list, 4)}.`,
        remedy: 'Serve the same file at every address.',
      },
    ];
  },
});

/** Equal for what means the same: line ends and the like make no other policy. */
function contentOf({ result: { response } }: Answer): string {
  const { value } = parsePolicy(bytesOf(response.body));
  return value === undefined ? response.body : formatPolicy(value);
}

function describe(answer: Answer | undefined): string {
  const value = answer === undefined ? undefined : parsePolicy(bytesOf(answer.result.response.body)).value;
  if (value === undefined) return 'no valid policy';
  const { mode, mx, maxAgeSeconds } = value;
  return `mode ${mode}, mx ${inWords(mx, 3)}, max_age ${maxAgeSeconds}`;
}

export const policyHostRules: readonly Rule[] = [
  missing,
  cnameDangling,
  privateAddress,
  ipv6Only,
  portClosed,
  sniAlert,
  tlsTooOld,
  tls13Only,
  addressBroken,
  addressesDiffer,
];
