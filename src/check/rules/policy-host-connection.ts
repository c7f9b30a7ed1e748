/** The rules for connecting to the policy host: ports, versions of TLS, and addresses that differ from each other. */
import { formatPolicy, parsePolicy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import type { SocketProblem } from '../observation.ts';
import { contentOf } from '../policy-content.ts';
import { type Raised, type Rule, rule } from '../rule.ts';
import type { Answer } from '../seen.ts';
import { inWords } from '../words.ts';
import { type Failed, isSpared, raiseByAddress, type TriedAddresses, triedAddresses } from './addresses.ts';
import { asRaised, noPolicy, skip } from './needs.ts';

const fetching = rfc(8461, '3.3');

const happened: Readonly<Record<SocketProblem, string>> = {
  'connection-refused': 'refused',
  timeout: 'no answer in time',
  reset: 'broken off',
  closed: 'closed too early',
  unreachable: 'no way there',
  garbage: 'something else than the protocol',
  'too-much': 'an answer without end',
  tls: 'no agreement',
};
const phases = { connect: '', tls: 'in the TLS handshake ', http: 'instead of an answer ' };

/** `192.0.2.10 and 2001:db8::10: refused`, for those that fail alike. */
function tell(failures: readonly Failed[]): string {
  const alike = Map.groupBy(failures, ({ result: { at, problem, alert } }) => {
    const named = alert === undefined ? '' : `, alert ${alert}`;
    return `${phases[at]}${happened[problem]}${named}`;
  });
  return [...alike]
    .map(([what, these]) => `${inWords(these.map(({ address }) => address))}: ${what}`)
    .join('; ');
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
  { seen, tried, answers, failures }: TriedAddresses,
  kind: Failure,
  wording: (list: string, one: Failed) => Pick<Raised, 'title' | 'detail' | 'remedy'>,
): readonly Raised[] {
  const these = answers.length > 0 ? [] : failures.filter((failure) => failureOf(failure) === kind);
  const [first] = these;
  if (first === undefined) return [];
  const subject =
    these.length === tried.length ? seen.policyHost : inWords(these.map(({ address }) => address));
  return [{ subject, ...wording(`${tell(these)}.`, first) }];
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
    raiseFailures(facts, 'sni', () => ({
      detail: `Asked for ${facts.seen.policyHost}, it ends the handshake with the alert unrecognized_name. ${noPolicy}`,
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
    ...raiseFailures(facts, 'old', (_, { result: { olderProtocol } }) => ({
      detail: `It agrees on ${olderProtocol} at most, and senders ask for TLS 1.2 or later. ${noPolicy}`,
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
      return raiseFailures(facts, 'other', (list, { result: { alert } }) => ({
        title: 'No address of the policy host works',
        detail: `${list} ${noPolicy}`,
        remedy:
          alert === 'no_application_protocol'
            ? `Offer HTTP/1.1 at ${seen.policyHost} beside HTTP/2, for senders that know no other.`
            : `Set the web server up for HTTPS at ${seen.policyHost}, with TLS 1.2 and TLS 1.3.`,
      }));
    }
    return [
      {
        subject: inWords(failures.map(({ address }) => address)),
        severity: isSpared(seen) ? 'warning' : 'error',
        detail: `${tell(failures)}. ${inWords(answers.map(({ address }) => address))} ${answers.length === 1 ? 'answers' : 'answer'}. Senders that try the broken one first lose time, or get no policy.${isIpv6Unproven(facts) ? ' Nothing answered over IPv6 from here, so look from another network, too.' : ''}`,
        remedy,
      },
    ];
  },
});

/** Whether the way to IPv6 may be what fails: no connection came about, and none anywhere else either. */
function isIpv6Unproven({ seen, answers, failures }: TriedAddresses): boolean {
  const isSilent = ({ address, result: { at, problem } }: Failed) =>
    address.includes(':') && at === 'connect' && (problem === 'timeout' || problem === 'unreachable');
  const mail = seen.hosts.flatMap(({ sessions }) => sessions);
  const proven =
    answers.some(({ address }) => address.includes(':')) ||
    mail.some(({ address, greeting }) => address.includes(':') && greeting !== undefined);
  return !proven && failures.every(isSilent);
}

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
    const groups = groupsOf(served);
    if (groups.size < 2) return [];
    const list = [...groups.values()].map(
      (answers) => `${inWords(answers.map(({ address }) => address))}: ${describe(answers[0])}`,
    );
    return [
      {
        subject: seen.policyHost,
        detail: `Which policy a sender gets depends on the address that it takes. ${list.join('; ')}.`,
        remedy: 'Serve the same file at every address.',
      },
    ];
  },
});

/** Different policies that are told; of sixteen addresses no more files are read than it takes to find so many. */
const policiesTold = 4;

function groupsOf(served: readonly Answer[]): ReadonlyMap<string, readonly Answer[]> {
  const groups = new Map<string, Answer[]>();
  const files = Map.groupBy(served, ({ result: { response } }) => response.body);
  for (const answers of files.values()) {
    const [first] = answers;
    if (first === undefined || groups.size === policiesTold) continue;
    const meaning = meaningOf(first);
    groups.set(meaning, [...(groups.get(meaning) ?? []), ...answers]);
  }
  return groups;
}

/** Equal for what means the same: line ends and the like make no other policy. */
function meaningOf({ result: { response } }: Answer): string {
  const { value } = parsePolicy(contentOf(response));
  return value === undefined ? response.body : formatPolicy(value);
}

function describe(answer: Answer | undefined): string {
  const value = answer === undefined ? undefined : parsePolicy(contentOf(answer.result.response)).value;
  if (value === undefined) return 'no valid policy';
  const { mode, mx, maxAgeSeconds } = value;
  return `mode ${mode}, mx ${inWords(mx, 3)}, max_age ${maxAgeSeconds}`;
}

export const policyHostConnectionRules: readonly Rule[] = [
  portClosed,
  sniAlert,
  tlsTooOld,
  tls13Only,
  addressBroken,
  addressesDiffer,
];
