/**
 * What to publish for a domain, in the order in which it is safe to publish: names, policy, records, and
 * what they mean. Choices that are valid yet unwise are in choices.ts; serving and DNS are left to others.
 */
import { getDomain } from 'tldts';
import type { DomainName, HostName } from './domain.ts';
import { formatPolicy, formatRecord, type Mode, type Policy } from './mtasts.ts';
import { stepsOf } from './publishing-steps.ts';
import type { Citation } from './rfc.ts';
import { formatTlsRpt, type Rua } from './tlsrpt.ts';

export interface PublicationRequest {
  readonly domain: DomainName;
  readonly policy: Policy;
  /** Where TLS reports go (RFC 8460 §3); none: no TLS-RPT record. */
  readonly rua: readonly Rua[];
  /** The id that somebody asks for, 1 to 32 letters and digits. */
  readonly id?: string;
  /** What was published before: the same policy keeps its id, another never gets it. */
  readonly previous?: { readonly id: string; readonly policy: Policy };
}

export interface Publication {
  readonly domain: DomainName;
  readonly policyHost: HostName;
  readonly policy: Policy;
  readonly id: string;
  readonly rua: readonly Rua[];
  readonly policyFile: PolicyFile;
  readonly record: TxtRecord;
  readonly tlsRpt: TxtRecord | undefined;
  /** In publishing order. */
  readonly steps: readonly Step[];
}

interface PolicyFile {
  readonly url: string;
  /** Exactly these octets, ASCII. */
  readonly body: string;
  readonly fileName: 'mta-sts.txt';
}

export interface TxtRecord {
  /** Fully qualified, without the root's dot. */
  readonly name: string;
  readonly type: 'TXT';
  /** All strings of the record, joined. */
  readonly value: string;
}

/** `policy` publishes the policy file, `record` and `tls-rpt` the record of that name. */
type StepKind = 'policy-host' | 'certificate' | 'policy' | 'record' | 'tls-rpt' | 'wait' | 'removal';

export interface Step {
  readonly kind: StepKind;
  /** An imperative. */
  readonly title: string;
  /** Full sentences: what exactly, and why now. */
  readonly detail: string;
  readonly cite: Citation;
}

/**
 * The max_age to start from, in seconds. Testing: a day, so that a slip is soon forgotten. Enforce: a week,
 * to be raised to a month and more. None: a day, because it only ends what was before (RFC 8461 §8.3).
 */
export const usualMaxAgeSeconds: Readonly<Record<Mode, number>> = {
  testing: 86_400,
  enforce: 604_800,
  none: 86_400,
};

/**
 * Everything to publish for the domain.
 * @throws RangeError for an id that RFC 8461 §3.1 does not allow; parse what people type with `isId` first.
 */
export function createPublication(request: PublicationRequest, now: Date): Publication {
  const { domain, policy, rua } = request;
  const body = formatPolicy(policy);
  const id = chooseId(request, body, now);
  const policyHost = `mta-sts.${domain}` as HostName;
  const names: Omit<Publication, 'steps'> = {
    domain,
    policyHost,
    policy,
    id,
    rua,
    policyFile: {
      url: `https://${policyHost}/.well-known/mta-sts.txt`,
      body,
      fileName: 'mta-sts.txt',
    },
    record: { name: `_mta-sts.${domain}`, type: 'TXT', value: formatRecord({ id }) },
    tlsRpt:
      rua.length === 0
        ? undefined
        : { name: `_smtp._tls.${domain}`, type: 'TXT', value: formatTlsRpt({ rua }) },
  };
  return { ...names, steps: stepsOf(names, request.previous?.policy) };
}

/** Whether the text can be an id: 1 to 32 ASCII letters and digits (RFC 8461 §3.1). */
export function isId(text: string): boolean {
  return /^[A-Za-z0-9]{1,32}$/.test(text);
}

/**
 * A new id of 20 characters: the second in UTC, then four letters or digits of the body's hash, so that
 * two bodies of one second differ. `20261123T161500Z3f9c`
 */
export function createId(body: string, now: Date): string {
  const second = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${second}${hash(body).toString(36).padStart(4, '0').slice(-4)}`;
}

// FNV-1a, 32 bits: it has to tell two policies of one domain apart, not to withstand anybody.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(text)) {
    value = Math.imul(value ^ octet, 0x01000193);
  }
  return value >>> 0;
}

/**
 * Senders look at equality only (RFC 8461 §3.1): one that knows the id does not fetch the policy again. So
 * the same body keeps its id, and no other body gets it, even if somebody asks for that.
 */
function chooseId({ id, previous }: PublicationRequest, body: string, now: Date): string {
  if (id !== undefined && !isId(id)) throw new RangeError('an id is 1 to 32 letters and digits');
  if (previous === undefined) return id ?? createId(body, now);
  if (formatPolicy(previous.policy) === body) return id ?? previous.id;
  if (id !== undefined && id !== previous.id) return id;
  const fresh = createId(body, now);
  return fresh === previous.id ? createId(body, new Date(now.getTime() + 1000)) : fresh;
}

/** What the publication does to mail, in one sentence. */
export function meaning({
  domain,
  policy,
  tlsRpt,
}: Pick<Publication, 'domain' | 'policy' | 'tlsRpt'>): string {
  switch (policy.mode) {
    case 'testing':
      return tlsRpt === undefined
        ? `Senders that support MTA-STS go on delivering to ${domain} as before, and without a TLS-RPT record nobody hears of failures.`
        : `Senders that support MTA-STS report TLS failures for ${domain} and still deliver.`;
    case 'enforce':
      return `Senders that support MTA-STS deliver mail for ${domain} only to MX hosts that the policy lists, over TLS with a valid certificate; a host that fails is skipped, and mail waits while none is left.`;
    case 'none':
      return `Senders that fetch this policy treat ${domain} as if it had none; it ends MTA-STS in good order.`;
  }
}

/** A record as the forms of DNS providers want it. */
export interface FormValues {
  /** Fully qualified, for forms that want the whole name. */
  readonly name: string;
  /** For forms that add the zone's name. */
  readonly host: string;
  /** The zone that `host` leaves out: the registrable domain, where the zone most often begins. */
  readonly zone: string;
  /** For forms that add quotes, which is most. */
  readonly value: string;
  /** For forms that want what a zone file holds. */
  readonly quoted: string;
}

export function formValues({ name, value }: TxtRecord, domain: DomainName): FormValues {
  const zone = getDomain(domain, { allowPrivateDomains: true }) ?? domain;
  return { name, host: name.slice(0, -zone.length - 1), zone, value, quoted: quoteTxt(value) };
}

// Short for the record that a correction has to change, a day for the other (RFC 8460 §7 asks for long).
const recordTtlSeconds = 300;
const tlsRptTtlSeconds = 86_400;

/** The TXT records as lines of a zone file (RFC 1035 §5.1), in publishing order, with a final newline. */
export function zoneLines({ policyHost, record, tlsRpt }: Publication): string {
  const lines = [
    `; ${policyHost}. needs an A, AAAA or CNAME record`,
    zoneLine(record, recordTtlSeconds),
    ...(tlsRpt === undefined ? [] : [zoneLine(tlsRpt, tlsRptTtlSeconds)]),
  ];
  return `${lines.join('\n')}\n`;
}

function zoneLine({ name, value }: TxtRecord, ttlSeconds: number): string {
  return `${name}. ${ttlSeconds} IN TXT ${quoteTxt(value)}`;
}

// RFC 1035 §3.3: one character-string has a length octet.
const stringOctetsMax = 255;

/** The value as character-strings of a zone file: quoted, split, `"` and `\` escaped. The value is ASCII. */
function quoteTxt(value: string): string {
  const strings: string[] = [];
  for (let at = 0; at === 0 || at < value.length; at += stringOctetsMax) {
    strings.push(value.slice(at, at + stringOctetsMax));
  }
  return strings.map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(' ');
}
