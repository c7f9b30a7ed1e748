/** The wording of what can be wrong or unwise in a TLS-RPT record, by the ids of the catalogue. */
import { quote } from './characters.ts';
import type { Told } from './fault-list.ts';

export const version = 'v=TLSRPTv1';
/** Only what begins with exactly this counts as a record (RFC 8460 §3). */
export const prefix = `${version};`;
export const example = `${version}; rua=mailto:tls-reports@example.com`;

/** All of this is RFC 8460 §3. */
export type Wording = Omit<Told, 'cite'>;

export function malformed(title: string, detail: string, remedy: string): Wording {
  return {
    id: 'rpt.malformed',
    severity: 'error',
    title,
    detail: `${detail} Senders send no reports on a malformed record.`,
    remedy,
  };
}

export function nearMissOf(title: string, detail: string, remedy: string): Wording {
  return { id: 'rpt.near-miss', severity: 'error', title, detail, remedy };
}

export const duplicateRua: Wording = {
  id: 'rpt.duplicate-rua',
  severity: 'warning',
  title: 'The record has a second rua',
  detail: 'RFC 8460 has no rule for it: some senders use the first, some the last, some none.',
  remedy: 'Write one `rua=` with the addresses separated by commas.',
};

export const spaceAfterEquals: Wording = {
  id: 'rpt.rua-space',
  severity: 'error',
  title: 'A space stands behind `rua=`',
  detail: 'The grammar has the URI there: strict senders see a malformed record and send no reports.',
  remedy: 'Remove the space.',
};

export function rawComma(before: string): Wording {
  return {
    id: 'rpt.rua-raw-comma',
    severity: 'error',
    title: 'An address for reports has a raw `,`',
    detail: `A comma separates addresses, so a sender sees ${quote(before, 80)} and then something that is no URI.`,
    remedy: 'Write `%2C` for a comma that belongs to an address.',
  };
}

export function rawSemicolon(rest: string): Wording {
  return {
    id: 'rpt.rua-raw-semicolon',
    severity: 'error',
    title: 'An address for reports has a raw `;`',
    detail: `A semicolon ends the field, so ${quote(rest, 80)} stands alone and fits no grammar.`,
    remedy: 'Write `%3B` for a semicolon that belongs to an address.',
  };
}

export function cutOff(rest: string): Wording {
  return {
    ...rawSemicolon(rest),
    severity: 'warning',
    detail: `A semicolon ends the field: senders report to what stands before it and ignore ${quote(rest, 80)}.`,
  };
}

export const dmarcVersion = 'v=DMARC1';
export const dmarcRecord: Wording = {
  id: 'rpt.dmarc-tags',
  severity: 'notice',
  title: 'A DMARC record stands at the name of TLS-RPT',
  detail: 'It belongs at `_dmarc`; here senders see no TLS-RPT record and send no reports.',
  remedy: `Publish a record such as \`${example}\` here.`,
};

export function dmarcTag(name: string): Wording {
  return {
    id: 'rpt.dmarc-tags',
    severity: 'notice',
    title: `\`${name}\` is a tag of DMARC`,
    detail: 'It means nothing in a TLS-RPT record; senders ignore it.',
    remedy: 'Remove it.',
  };
}

/** Why a text that was meant as a record is none, the most telling reason first. */
export const reasons: readonly {
  test: RegExp;
  title: string;
  detail: string;
  length: (text: string) => number;
}[] = [
  {
    test: /^\s*["“”].*v\s*=\s*tls-?rpt/iu,
    title: 'The record has quotation marks in its text',
    detail: 'They belong to zone files, not to the value.',
    length: () => 1,
  },
  {
    test: /^[\u200b-\u200f\u2060\ufeff\u00a0]+\s*v\s*=\s*tls-?rpt/iu,
    title: 'An invisible character stands before the version',
    detail: 'It comes from copying.',
    length: () => 1,
  },
  {
    test: /^[ \t]+v=TLSRPTv1/u,
    title: 'A space stands before the version',
    detail: 'The record must begin with `v=TLSRPTv1;`.',
    length: (text) => /^[ \t]+/.exec(text)?.[0].length ?? 1,
  },
  {
    test: /^v=TLSRPTv1\\;/u,
    title: 'A backslash stands before the semicolon',
    detail: '`\\;` belongs to zone files, not to the value.',
    length: () => 12,
  },
  {
    test: /^v=TLSRPTv1[ \t]+;/u,
    title: 'A space stands before the first semicolon',
    detail: 'The record must begin with exactly `v=TLSRPTv1;`.',
    length: () => 11,
  },
  {
    test: /^v=TLSRPTv1[ \t]*$/u,
    title: 'The record ends after the version',
    detail: 'The address for reports is missing.',
    length: () => 10,
  },
  {
    test: /^v=TLSRPTv1/u,
    title: 'No semicolon follows the version',
    detail: 'The record must begin with exactly `v=TLSRPTv1;`.',
    length: () => 10,
  },
  {
    test: /^v=TLSRPTv?[02-9]/iu,
    title: 'The version is not 1',
    detail: 'There is only `TLSRPTv1`.',
    length: () => 10,
  },
  {
    test: /^v=tls-rptv?1?/iu,
    title: 'The version has a hyphen',
    detail: 'It is written `TLSRPTv1`.',
    length: () => 11,
  },
  {
    test: /^v\s*=\s*tlsrptv?1?/iu,
    title: 'The version is not written `v=TLSRPTv1`',
    detail: 'Upper and lower case count, and no space stands around the `=`.',
    length: () => 10,
  },
  {
    test: /^rua\s*=\s*(mailto|https):/iu,
    title: 'The version is missing',
    detail: 'The record must begin with `v=TLSRPTv1;`.',
    length: () => 0,
  },
];
