/**
 * The form as a value, and what may happen to it before it is submitted: DNS answers, an offer is taken, a
 * conversation is chosen. How it is drawn is left to blocks/policy-modal.ts, reading it back to
 * form-state.ts, checking it to submission.ts.
 */

import type { Caution } from '../check/choices.ts';
import type { DnsProblem, MxLookup, MxObservation } from '../check/observation.ts';
import type { DomainName, HostName } from '../protocol/domain.ts';
import { formatPolicy, type Mode } from '../protocol/mtasts.ts';
import { type MxOffer, offerMx, type Provider } from '../protocol/providers.ts';
import { parseTypedDomain } from '../protocol/typed-domain.ts';
import { digest } from './digest.ts';
import type { Records } from './records.ts';

/** Everything as typed, nothing corrected: what stands in the fields is shown again as it was. */
export interface Form {
  readonly domain: string;
  /** Undefined while "Looking up…" stands in the field's place, so that no answer replaces typed text. */
  readonly mx: string | undefined;
  readonly mode: Mode;
  readonly maxAge: MaxAgeChoice;
  /** Undefined while the field is not shown; it is shown for `other`. */
  readonly ownSeconds: string | undefined;
  readonly rua: string;
  readonly conversation: string | undefined;
  readonly lookup: Lookup;
  /** What is unwise in the present content; drawn with one tick. */
  readonly cautions: readonly Caution[];
  /** The digest of the cautions that the person has before them, and whether they are ticked. */
  readonly asked: { readonly digest: string; readonly accepted: boolean } | undefined;
  readonly origin: Origin;
  /** What was generated before: an unchanged policy keeps its id. */
  readonly previous: { readonly id: string; readonly bodyDigest: string; readonly mode: Mode } | undefined;
  /** Counted up each time a field is filled: a fresh block_id is what makes Slack take the new content. */
  readonly mxFill: number;
  readonly conversationFill: number;
}

/** Named steps of max_age, in seconds, and `other` for a number of one's own. */
export const maxAgeSteps = ['86400', '604800', '2592000', '15552000', '31536000'] as const;
export type MaxAgeChoice = (typeof maxAgeSteps)[number] | 'other';

/** Where the form was asked for. */
export interface Origin {
  /** The conversation of the command; none from the shortcut and App Home. */
  readonly conversation?: string;
  /** Of the command or button: for a private answer in place, 30 minutes long. */
  readonly responseUrl?: string;
  /** When it was asked for, in epoch milliseconds. */
  readonly at: number;
}

export type Lookup =
  | { readonly kind: 'none' }
  /** The typed domain cannot be looked up; `message` says what to write. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'running' | 'slow'; readonly domain: DomainName }
  | {
      readonly kind: 'done';
      readonly domain: DomainName;
      readonly mx: Exclude<MxObservation, { kind: 'unknown' }>;
      /** Epoch milliseconds. */
      readonly observedAt: number;
    }
  | { readonly kind: 'failed'; readonly domain: DomainName; readonly problem: DnsProblem };

export type DoneLookup = Extract<Lookup, { kind: 'done' }>;

/** Slack takes at most this many characters in a text field. */
export const mxCharsMax = 3000;
/** Room for a pasted link or e-mail address around the 253 characters of a name. */
export const domainCharsMax = 500;

/** An empty form, or one that waits for the MX of a domain: look them up whenever `lookup` is running. */
export function blankForm(origin: Origin, domain?: DomainName): Form {
  return {
    domain: domain ?? '',
    mx: domain === undefined ? '' : undefined,
    mode: 'testing',
    maxAge: '604800',
    ownSeconds: undefined,
    rua: '',
    conversation: undefined,
    lookup: domain === undefined ? { kind: 'none' } : { kind: 'running', domain },
    cautions: [],
    asked: undefined,
    origin,
    previous: undefined,
    mxFill: 0,
    conversationFill: 0,
  };
}

/** The form filled with what was generated; its lookup is running, to compare the hosts with DNS again. */
export function editForm(records: Records, origin: Origin): Form {
  const seconds = String(records.policy.maxAgeSeconds);
  const step = maxAgeSteps.find((candidate) => candidate === seconds);
  return {
    ...blankForm(origin),
    domain: records.domain,
    mx: fieldOf(records.policy.mx),
    mode: records.policy.mode,
    maxAge: step ?? 'other',
    ownSeconds: step === undefined ? seconds : undefined,
    rua: records.rua.join(', '),
    lookup: { kind: 'running', domain: records.domain },
    previous: { id: records.id, bodyDigest: digest(formatPolicy(records.policy)), mode: records.policy.mode },
  };
}

/**
 * The person asked for a lookup of the typed domain. `domain` is what to ask DNS for; without one the form
 * says what is wrong. An empty MX field gives way to "Looking up…" and is filled; one with text stays.
 */
export function startLookup(form: Form): { readonly form: Form; readonly domain: DomainName | undefined } {
  const typed = parseTypedDomain(form.domain);
  if (!typed.ok) {
    const message = form.domain.trim() === '' ? 'Type the domain first.' : typed.problem.message;
    return { form: { ...form, lookup: { kind: 'refused', message } }, domain: undefined };
  }
  const { domain } = typed.value;
  const mx = form.mx?.trim() ? form.mx : undefined;
  return { form: { ...form, mx, lookup: { kind: 'running', domain } }, domain };
}

/** What DNS answered, as the form keeps it. */
export function lookupOf(found: MxLookup, now: Date): Lookup {
  const { domain, mx } = found;
  return mx.kind === 'unknown'
    ? { kind: 'failed', domain, problem: mx.problem }
    : { kind: 'done', domain, mx, observedAt: now.getTime() };
}

/**
 * DNS answered, or is slow. Only a field that was not shown yet is filled, with the hosts by name; a field
 * that a person may have typed into stays as it is and gets the offers beside it.
 */
export function withLookup(form: Form, lookup: Lookup): Form {
  if (form.mx !== undefined || lookup.kind === 'running') return { ...form, lookup };
  return { ...form, lookup, mx: fieldOf(offersOf(lookup)?.tight ?? []), mxFill: form.mxFill + 1 };
}

/** The domain to look up before the form is judged: typed, readable, and not what `lookup` speaks of. */
export function unseenDomain(form: Form): DomainName | undefined {
  const typed = parseTypedDomain(form.domain);
  if (!typed.ok) return undefined;
  return typed.value.domain === answerFor(form.lookup, typed.value.domain)?.domain
    ? undefined
    : typed.value.domain;
}

/** The lookup where it is an answer about this domain. */
export function answerFor(lookup: Lookup, domain: DomainName): DoneLookup | undefined {
  return lookup.kind === 'done' && lookup.domain === domain ? lookup : undefined;
}

/** What the MX that DNS named suggest for the field; undefined where DNS named none. */
export function offersOf(lookup: Lookup): MxOffer | undefined {
  const hosts = lookup.kind === 'done' ? hostsOf(lookup.mx) : [];
  return hosts.length === 0 ? undefined : offerMx(hosts);
}

/** "(5-record MX)" tells rows of the provider table apart, not readers of a sentence. */
export function providerName({ name }: Provider): string {
  return name.replace(/ \(.*\)$/, '');
}

/** The hosts that a sender would try, in the order in which it tries them (RFC 5321 §5.1). */
export function hostsOf(mx: MxObservation): readonly HostName[] {
  if (mx.kind === 'implicit') return [mx.host];
  if (mx.kind !== 'hosts') return [];
  return mx.hosts.toSorted((left, right) => left.preference - right.preference).map(({ host }) => host);
}

/** How many hosts of the domain are not in the observation. */
export function omittedHosts(mx: MxObservation): number {
  return mx.kind === 'hosts' ? (mx.omitted ?? 0) : 0;
}

/** Puts an offer into the field: the lines of the other offer give way to it, typed lines stay. */
export function useOffer(form: Form, which: 'tight' | 'vendor'): Form {
  const offer = offersOf(form.lookup);
  const chosen = offer?.[which];
  if (offer === undefined || chosen === undefined) return form;
  const offered = new Set<string>([...offer.tight, ...(offer.vendor ?? [])]);
  const lines = (form.mx ?? '').split('\n').filter((line) => line.trim() !== '');
  const isOffered = (line: string) => offered.has(line.trim().toLowerCase().replace(/\.$/, ''));
  const first = lines.findIndex(isOffered);
  const typed = lines.filter((line) => !isOffered(line));
  const at = first === -1 ? typed.length : lines.slice(0, first).filter((line) => !isOffered(line)).length;
  return { ...form, mx: fieldOf(typed.toSpliced(at, 0, ...chosen)), mxFill: form.mxFill + 1 };
}

/** "Post in this conversation": selects where the command was typed. */
export function useHere(form: Form): Form {
  const { conversation } = form.origin;
  if (conversation === undefined) return form;
  return { ...form, conversation, conversationFill: form.conversationFill + 1 };
}

/** Binds a tick to exactly these cautions: other ones need another tick. */
export function cautionsDigest(cautions: readonly Caution[]): string {
  return digest(JSON.stringify(cautions.map(({ id, text, remedy }) => [id, text, remedy])));
}

/** Whether two lists would fill the field alike; tells which offer is already taken. */
export function fieldHolds(form: Form, patterns: readonly string[]): boolean {
  return (form.mx ?? '').trim() === patterns.join('\n');
}

/** One a line, as many whole lines as the field takes. */
function fieldOf(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    const longer = text === '' ? line : `${text}\n${line}`;
    if (longer.length > mxCharsMax) break;
    text = longer;
  }
  return text;
}
