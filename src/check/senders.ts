/** The sending implementations whose reading of odd input was measured, and what each of them does not take. */

/** Known senders, eleven of them; permanent. */
export const senders = [
  'mailauth 7',
  'mailauth 5 (ZoneMTA, WildDuck)',
  'mox',
  'postfix-tlspol',
  'postfix-mta-sts-resolver',
  'maddy (go-mtasts)',
  'rest-mail/go-mtasts',
  'chasquid',
  'KumoMTA',
  'Stalwart',
  'Mimecast (mta-sts library)',
] as const;
export type Sender = (typeof senders)[number];

const [mailauth7, mailauth5, mox, tlspol, snawoot, maddy, restMail, chasquid, kumo, stalwart, mimecast] =
  senders;

export interface Oddity {
  /** What the sender does about it: a short sentence that begins with "It". */
  readonly because: string;
  readonly refusedBy: readonly Sender[] | 'all';
}

function allBut(...takers: readonly Sender[]): readonly Sender[] {
  return senders.filter((sender) => !takers.includes(sender));
}

/** Those that hold records, and patterns, against their grammar. */
const strict = [mox, tlspol];

const byTheGrammar: Oddity = { because: 'It holds the record against its grammar.', refusedBy: strict };
const oddId: Oddity = {
  because: 'It takes an id of 1 to 32 letters and digits only.',
  refusedBy: [mox, tlspol, restMail],
};
const noRecord: Oddity = {
  because: 'It finds no record that begins with `v=STSv1;`.',
  refusedBy: 'all',
};
const emptyLine: Oddity = {
  because: 'It drops a policy with an empty line.',
  refusedBy: [mox, tlspol, maddy],
};
const strayText: Oddity = {
  because: 'It drops a policy with a line that is no field.',
  refusedBy: [mox, tlspol, maddy, kumo],
};
const strayBlank: Oddity = {
  because: 'It drops a policy with a space where none may be.',
  refusedBy: [mox, tlspol, snawoot, maddy],
};
const badPattern: Oddity = {
  because: 'It drops a policy with an mx pattern that is no name.',
  refusedBy: strict,
};
const missing: Oddity = { because: 'It drops a policy without that field.', refusedBy: 'all' };
const otherWord: Oddity = {
  because: 'By the letter the field is missing (some senders read it all the same).',
  refusedBy: 'all',
};
const notAscii: Oddity = { because: 'It cannot read a line with that character.', refusedBy: 'all' };
const notPlainText: Oddity = {
  because: 'It takes a policy as text/plain only.',
  refusedBy: [tlspol, snawoot, maddy, restMail, chasquid, kumo],
};
const noFetch: Oddity = { because: 'It gets no policy over a verified connection.', refusedBy: 'all' };

/** By the id of the finding, or of the fault in the text. What is not here was not measured. */
export const oddities: Readonly<Record<string, Oddity>> = {
  // The record.
  'txt.unrelated-record-beside': {
    because: 'It sees no record where another TXT record stands beside it.',
    refusedBy: [maddy, kumo],
  },
  'txt.multiple': {
    because: 'It takes two records for none.',
    refusedBy: allBut(chasquid, kumo, stalwart),
  },
  'txt.id-charset': oddId,
  'txt.id-too-long': oddId,
  'txt.trailing-space': byTheGrammar,
  'txt.empty-field': byTheGrammar,
  'txt.duplicate-field': { because: 'It takes a field that comes twice for an error.', refusedBy: [kumo] },
  'txt.near-miss': noRecord,
  'txt.non-ascii': { because: 'It cannot read the record.', refusedBy: 'all' },
  // The policy's fields.
  'policy.max_age-over-maximum': {
    because: 'It drops a policy with a max_age over 31557600.',
    refusedBy: [mailauth7, mailauth5, snawoot, restMail, chasquid],
  },
  'policy.max_age-zero': { because: 'It drops a policy with max_age 0.', refusedBy: [restMail, chasquid] },
  'policy.missing-version': missing,
  'policy.missing-mode': missing,
  'policy.missing-max_age': missing,
  'policy.missing-mx': missing,
  'policy.key-case': otherWord,
  'policy.value-case': otherWord,
  'policy.misspelt-key': missing,
  'policy.duplicate-field': {
    because: 'It reads another entry of a field that comes twice, or drops the policy.',
    refusedBy: [mailauth5, snawoot, maddy, chasquid, kumo, stalwart],
  },
  // Its lines.
  'policy.blank-line': emptyLine,
  'policy.extra-newline': emptyLine,
  'policy.comment': strayText,
  'policy.leading-space': strayBlank,
  'policy.space-before-colon': strayBlank,
  'policy.bom': {
    because: 'It drops a policy that begins with a byte order mark.',
    refusedBy: allBut(mailauth7, mailauth5, stalwart, mimecast),
  },
  'policy.utf16': { because: 'It cannot read UTF-16.', refusedBy: 'all' },
  'policy.nbsp': notAscii,
  'policy.zero-width': notAscii,
  'policy.smart-quotes': notAscii,
  'policy.fullwidth': notAscii,
  'http.html-body': { because: 'It finds a web page and no policy.', refusedBy: 'all' },
  // Its patterns.
  'mx.pattern-trailing-dot': {
    because: 'It drops a policy with an mx pattern that ends in a dot.',
    refusedBy: [mox],
  },
  'mx.pattern-leading-dot': badPattern,
  'mx.pattern-star-alone': badPattern,
  'mx.pattern-partial-wildcard': badPattern,
  'mx.pattern-inner-wildcard': badPattern,
  'mx.pattern-ip': badPattern,
  'mx.pattern-port': badPattern,
  'mx.pattern-list': badPattern,
  'mx.pattern-url': badPattern,
  'mx.pattern-empty': badPattern,
  'mx.pattern-u-label': badPattern,
  'mx.pattern-underscore': badPattern,
  // How it is served.
  'http.redirect': { because: 'It follows no redirect.', refusedBy: 'all' },
  'http.content-type-missing': notPlainText,
  'http.content-type-wrong': notPlainText,
  'http.charset-missing-with-utf8': { because: 'It reads the policy as ASCII.', refusedBy: [snawoot] },
  'host.tls13-only': { because: 'It fetches with TLS 1.2 only.', refusedBy: [mimecast] },
};

/** What no finding says as finely as the measurements do; the texts are predicates' in acceptance.ts. */
export const finerOddities = {
  spaceBeforeSemicolon: {
    because: 'It finds no record with a space before the first semicolon.',
    refusedBy: [chasquid],
  },
  /** The grammar needs one where the mode is not none. */
  noneWithoutMx: {
    because: 'It drops a policy without mx, also in mode none.',
    refusedBy: [chasquid, stalwart, mimecast],
  },
  colonInUnknownField: {
    because: 'It stumbles over a field whose value has a colon.',
    refusedBy: [maddy],
  },
  over10Kib: { because: 'It reads the first 10 KiB and no more.', refusedBy: [chasquid] },
  over64Kib: {
    because: 'It drops a policy over 64 KiB.',
    refusedBy: [mailauth7, mox, tlspol, snawoot, restMail, chasquid, mimecast],
  },
  over2Seconds: { because: 'It waits two seconds.', refusedBy: [tlspol] },
  over4Seconds: { because: 'It waits four seconds.', refusedBy: [snawoot] },
  over10Seconds: { because: 'It waits ten seconds.', refusedBy: [restMail] },
  otherSuccess: {
    because: 'It takes a policy with status 200 only.',
    refusedBy: allBut(mailauth7, mailauth5, stalwart),
  },
  otherStatus: { because: 'It takes a policy with status 200 only.', refusedBy: 'all' },
  noRecord,
  noFetch,
  unmeasured: {
    because: 'The text breaks its grammar; whether this sender takes it all the same was not measured.',
    refusedBy: 'all',
  },
} as const satisfies Record<string, Oddity>;
