/**
 * What the MX hosts say over SMTP, up to the handshake; certificates are in smtp-certificates.ts. One vantage
 * point cannot prove that a host is down, so a host that was not reached stays unmeasured.
 */
import { quote } from '../../protocol/characters.ts';
import { type Citation, rfc } from '../../protocol/rfc.ts';
import { certificateOf, oldVersionOf, starttlsOf } from '../delivery-cells.ts';
import {
  type AddressState,
  type FailedAt,
  type HostState,
  hasCertificate,
  isFault,
  isRefusedAddress,
} from '../mx-host.ts';
import type { SmtpReply, SmtpSession } from '../observation.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { inWords } from '../words.ts';
import { byForce } from './needs.ts';
import { smtpCertificateRules } from './smtp-certificates.ts';
import {
  breaking,
  consequence,
  lowered,
  placesOf,
  type SmtpFacts,
  smtpFacts,
  unlessOff,
  unseen,
} from './smtp-facts.ts';

/** Also a host that failed once and then not is measured enough to speak of its failing. */
function phaseFacts(seen: Seen): SmtpFacts | Skip {
  return smtpFacts(
    seen,
    ({ state }) => state.kind !== 'not-measured' || state.because === 'second-try-differs',
    unseen,
  );
}

function starttlsFacts(seen: Seen): SmtpFacts | Skip {
  return smtpFacts(seen, ({ state }) => isFault(state) || state.kind === 'passes', unseen);
}

/** Hosts of which no address passes: what they show is told by its name. Others are told as a table. */
function failing({ states }: SmtpFacts): readonly HostState[] {
  return states.filter(({ kind }) => kind === 'fails');
}

const unreachable = rule({
  id: 'smtp.unreachable',
  area: 'smtp',
  title: 'An MX host could not be reached from here',
  severity: 'warning',
  cite: rfc(5321, '5.1'),
  needs: (seen) => {
    if (seen.observation.port25 !== 'open') return { skip: 'port 25 cannot be reached from here' };
    return smtpFacts(seen, ({ session }) => session.result.kind !== 'not-measured', unseen);
  },
  judge: ({ states }) =>
    states.flatMap(({ host, addresses }) => {
      const dead = addresses.filter(
        ({ state }) => state.kind === 'not-measured' && state.because === 'unreachable',
      );
      if (dead.length === 0) return [];
      const which = inWords(dead.map(({ session }) => `${session.address} (${problemWords(session)})`));
      const all = dead.length === addresses.length;
      return [
        {
          subject: host,
          detail: `From here ${all ? `${host} did not answer` : `${dead.length} of ${addresses.length} addresses of ${host} did not answer`} as a mail host does: ${which}. Others may reach it; where they do not, mail waits or goes to the next MX.`,
          remedy: `Look from another network whether port 25 of ${inWords(dead.map(({ session }) => session.address))} answers.`,
        },
      ];
    }),
});

function problemWords({ result }: SmtpSession): string {
  if (result.kind !== 'failed') return 'not measured';
  return `${phaseWords[result.at]}: ${result.problem.replaceAll('-', ' ')}`;
}

const phaseWords = {
  connect: 'connecting',
  greeting: 'greeting',
  ehlo: 'EHLO',
  starttls: 'STARTTLS',
  tls: 'TLS handshake',
} as const;

interface PhaseWords {
  readonly id: string;
  readonly title: string;
  readonly cite: Citation;
  readonly why: (session: SmtpSession) => string;
  readonly remedy: (host: string) => string;
}

/** A rule about STARTTLS or the handshake: what the addresses of a host show that has none that passes. */
function phaseRule(at: FailedAt, { id, title, cite, why, remedy }: PhaseWords): Rule {
  return rule({
    id,
    area: 'smtp',
    title,
    severity: unlessOff,
    cite,
    needs: phaseFacts,
    judge: (facts) => [
      ...failing(facts).flatMap((host): readonly Raised[] => {
        const here = host.addresses.filter(({ state }) => state.kind === 'fails' && state.at === at);
        const [first] = here;
        if (first === undefined) return [];
        return [
          {
            subject: host.host,
            detail: `${consequence(facts.force, host.host)} ${why(first.session)}${placesOf(host, here)}`,
            remedy: remedy(host.host),
            ...breaking(facts.force),
          },
        ];
      }),
      ...facts.states.flatMap((host): readonly Raised[] => {
        const here = host.addresses.filter(({ state }) => isAtTimes(state, at));
        const [first] = here;
        if (first === undefined || host.kind === 'fails') return [];
        return [
          {
            subject: host.host,
            severity: 'warning',
            detail: `Some connections to ${host.host} fail, and mail is delayed: ${lowered(why(first.session))} When asked a second time it did better.${placesOf(host, here)}`,
            remedy: `Look whether several machines answer for ${host.host}. ${remedy(host.host)}`,
          },
        ];
      }),
    ],
  });
}

function isAtTimes(state: AddressState, at: FailedAt): boolean {
  return state.kind === 'not-measured' && state.because === 'second-try-differs' && state.at === at;
}

const starttlsMissing = phaseRule('starttls-missing', {
  id: 'smtp.starttls-missing',
  title: 'An MX host does not offer STARTTLS',
  cite: rfc(8461, '4.2'),
  why: ({ ehlo, result }) => {
    const failed = result.kind === 'failed' ? result : undefined;
    const what =
      failed?.reply === undefined
        ? `Its answer to EHLO lists ${listed(ehlo?.lines ?? [])}, and no STARTTLS`
        : `It answers EHLO with ${told(failed.reply)}, and so offers no STARTTLS`;
    return `${what}${failed?.again === 'the-same' ? ', a second time too' : ''}.`;
  },
  remedy: (host) => `Turn on STARTTLS at ${host}, with a certificate that is valid for \`${host}\`.`,
});

// RFC 5321 §4.1.1.1; what is longer is no extension that anybody registered.
const keyword = /^[A-Za-z0-9][A-Za-z0-9-]{0,29}(?= |$)/;

/** EHLO keywords shown; the first line is the host's name. */
const keywordsShown = 6;

function listed(lines: readonly string[]): string {
  const keywords = lines.slice(1).flatMap((line) => keyword.exec(line)?.[0] ?? []);
  if (keywords.length === 0) return 'nothing';
  const more = keywords.length - keywordsShown;
  return `${keywords.slice(0, keywordsShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function told({ code, lines }: SmtpReply): string {
  return quote(`${code} ${lines[0] ?? ''}`);
}

const starttlsRefused = phaseRule('starttls-refused', {
  id: 'smtp.starttls-refused',
  title: 'An MX host offers STARTTLS and then refuses it',
  cite: rfc(8461, '4.2'),
  why: ({ result }) => {
    const reply = result.kind === 'failed' ? result.reply : undefined;
    return reply === undefined
      ? 'It offers STARTTLS and does not answer the command.'
      : `It answers STARTTLS with ${told(reply)}.`;
  },
  remedy: (host) => `Mend TLS at ${host}: most often its key or certificate cannot be read.`,
});

const tlsHandshake = phaseRule('tls', {
  id: 'smtp.tls-handshake',
  title: 'The TLS handshake with an MX host fails',
  cite: rfc(8461, '4.2'),
  why: ({ result }) => {
    if (result.kind !== 'failed') return '';
    return result.alert === undefined
      ? `The TLS handshake ends early (${result.problem}).`
      : `The TLS handshake ends with the alert ${quote(result.alert)}.`;
  },
  remedy: (host) => `Mend TLS at ${host}: offer TLS 1.2 and 1.3 with the usual cipher suites.`,
});

const tlsTooOld = phaseRule('tls-too-old', {
  id: 'smtp.tls-too-old',
  title: 'An MX host has no TLS version that senders take',
  cite: rfc(8461, '7.2'),
  why: ({ result }) => `It comes no further than ${oldVersionOf(result)}; TLS 1.2 is the least.`,
  remedy: (host) => `Turn on TLS 1.2 and 1.3 at ${host}.`,
});

const differsByAddress = rule({
  id: 'smtp.cert-differs-by-address',
  area: 'smtp',
  title: 'Some addresses of an MX host fail, and others pass',
  severity: byForce,
  // A sender goes on to the next address.
  breaks: false,
  cite: rfc(8461, '4.2'),
  needs: (seen) => {
    const facts = starttlsFacts(seen);
    if ('skip' in facts) return facts;
    const several = facts.states.some(({ addresses }) => addresses.length > 1);
    return several ? facts : { skip: 'no MX host has several addresses' };
  },
  judge: ({ seen, states }) =>
    states.flatMap((host) => {
      const measured = host.addresses.filter(
        ({ state }) => state.kind === 'passes' || (isFault(state) && !isRefusedAddress(state)),
      );
      const bad = measured.filter(({ state }) => isFault(state));
      if (host.kind !== 'passes' || bad.length === 0) return [];
      const table = measured.map(
        ({ session, state }) => `${session.address} (${resultOf(session, state, seen.now)})`,
      );
      return [
        {
          subject: host.host,
          detail: `A sender that comes to ${inWords(bad.map(({ session }) => session.address))} fails there, and delivers only if it tries the next address. ${inWords(table)}.`,
          remedy: `Set up every address of ${host.host} like the one that passes, or remove it from DNS.`,
        },
      ];
    }),
});

function resultOf(session: SmtpSession, state: AddressState, now: Date): string {
  const starttls = starttlsOf(session, state);
  if (!hasCertificate(state)) return `STARTTLS ${starttls}`;
  return `${starttls}, certificate ${certificateOf(state, now)}`;
}

export const smtpRules: readonly Rule[] = [
  unreachable,
  starttlsMissing,
  starttlsRefused,
  tlsHandshake,
  tlsTooOld,
  differsByAddress,
  ...smtpCertificateRules,
];
