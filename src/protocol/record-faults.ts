/** The wording of what can be wrong or unwise in an MTA-STS record, by the ids of the catalogue. */
import { quote } from './characters.ts';
import type { Told } from './fault-list.ts';
import { numbers } from './fields.ts';
import { idValue } from './grammar.ts';
import { type Citation, rfc } from './rfc.ts';

export const version = 'v=STSv1';
/** Only what begins with exactly this counts as a record (RFC 8461 §3.1). */
export const prefix = `${version};`;
/** In the place of one that is made of the time. */
export const exampleId = '20261123T161500Z';
export const example = `${version}; id=${exampleId};`;
export const idLengthMax = 32;

function error(
  id: string,
  title: string,
  detail: string,
  remedy: string,
  cite: Citation = rfc(8461, '3.1'),
): Told {
  return { id, severity: 'error', title, detail, remedy, cite };
}

export function near(title: string, detail: string, corrected: string | undefined): Told {
  const remedy =
    corrected === undefined
      ? `Publish a record such as \`${example}\`.`
      : `Publish ${quote(corrected, 200)}.`;
  return error(
    'txt.near-miss',
    title,
    `${detail} By the letter of the RFC this is no MTA-STS record.`,
    remedy,
  );
}

export function spaceBeforeSemicolon(severity: 'error' | 'warning', corrected: string | undefined): Told {
  return {
    ...error(
      'txt.space-before-semicolon',
      'A space stands before the first semicolon',
      severity === 'error'
        ? 'The grammar allows it and the literal prefix `v=STSv1;` does not (erratum 6285): 10 of 11 senders accept the record, chasquid does not, and by the letter it is none.'
        : 'By the letter it is no record, so the other one counts; senders that accept it see two, and then none.',
      corrected === undefined ? 'Delete this record.' : `Publish ${quote(corrected, 200)}.`,
    ),
    severity,
  };
}

export function multiple(claiming: readonly number[], same: boolean): Told {
  return error(
    'txt.multiple',
    `${claiming.length} MTA-STS records stand at one name`,
    `${numbers(claiming)} begin with \`${prefix}\`. 8 of 11 senders see no policy then, as the RFC says.${same ? ' They are equal, and a resolver should merge equal records into one.' : ''}`,
    'Delete all but one of them.',
  );
}

export const emptyField = error(
  'txt.empty-field',
  'A field is empty',
  'Nothing stands between two semicolons, which fits no grammar; 2 of 11 senders see no policy.',
  'Remove the extra `;`.',
);
export const trailingBlank = error(
  'txt.trailing-space',
  'A space stands at the end',
  'A space may stand only beside a semicolon; 2 of 11 senders see no policy.',
  'Remove it, or write `;` before it.',
);
export const noId = error(
  'txt.malformed',
  'The record has no id',
  'Without an id senders see no policy.',
  `Publish a record with one, such as \`${example}\`.`,
);

export function misspeltId(name: string): Told {
  return error(
    'txt.near-miss',
    `The id is written ${quote(name)}`,
    'The name of the field is `id`, in lower case; a sender finds none here and sees no policy.',
    'Write `id=`.',
  );
}

export function blankAtEquals(field: string): Told {
  return error(
    'txt.malformed',
    'A space stands beside the `=`',
    `${quote(field)} fits no grammar: nothing may stand around the \`=\`.`,
    `Write ${quote(field.replace(/[ \t]*=[ \t]*/, '='))}.`,
  );
}

export function malformedField(field: string, name: string): Told {
  const detail =
    name === ''
      ? `${quote(field)} is not of the form name=value, so the whole record fits no grammar and senders see no policy.`
      : `${quote(field)} fits no grammar: a name of letters, digits, \`_\`, \`-\` or \`.\`, one \`=\`, and a value without spaces.`;
  return error('txt.malformed', 'A field fits no grammar', detail, 'Remove it.');
}

export function duplicate(name: string, winner: string): Told {
  return {
    id: 'txt.duplicate-field',
    severity: 'warning',
    title: `\`${name}\` stands in the record twice`,
    detail: `The first one counts (${quote(winner)}); some senders take the last one, or none.`,
    remedy: 'Keep one of them.',
    cite: rfc(8461, '3.2'),
  };
}

export function unknown(name: string, meansId: boolean): Told {
  return {
    id: 'txt.unknown-field',
    severity: 'notice',
    title: `${quote(name)} is no field of MTA-STS`,
    detail: meansId ? 'Senders ignore it; perhaps `id` is meant.' : 'Senders ignore it.',
    remedy: 'Remove it.',
    cite: rfc(8461, '3.2'),
  };
}

export function wrongId(id: string): { at: number; length: number; told: Told } | undefined {
  if (idValue.test(id)) return undefined;
  const cite = rfc(8461, '3.1');
  if (id === '') {
    const remedy = `Write a new one of letters and digits, such as \`${exampleId}\`.`;
    const detail = 'Without an id the record fits no grammar, and senders see no policy.';
    return {
      at: 0,
      length: 0,
      told: { id: 'txt.id-empty', severity: 'error', title: 'The id is empty', detail, remedy, cite },
    };
  }
  const odd = /[^A-Za-z0-9]/u.exec(id);
  if (odd !== null) {
    const fixed = id.replace(/[^A-Za-z0-9]/g, '').slice(0, idLengthMax) || exampleId;
    const detail = `An id is made of letters and digits only; ${quote(odd[0])} makes 3 of 11 senders see no policy.`;
    return {
      at: odd.index,
      length: odd[0].length,
      told: {
        id: 'txt.id-charset',
        severity: 'error',
        title: `The id has ${quote(odd[0])} in it`,
        detail,
        remedy: `Write ${quote(`id=${fixed}`)}, or any new id of letters and digits.`,
        cite,
      },
    };
  }
  return {
    at: idLengthMax,
    length: id.length - idLengthMax,
    told: {
      id: 'txt.id-too-long',
      severity: 'error',
      title: 'The id is too long',
      detail: `It has ${id.length} characters and may have ${idLengthMax}; 3 of 11 senders see no policy.`,
      remedy: `Write a shorter new id, such as \`${exampleId}\`.`,
      cite,
    },
  };
}

interface Reason {
  readonly test: RegExp;
  readonly title: string;
  readonly detail: string;
  readonly at?: (text: string) => number;
  readonly length?: (text: string) => number;
  readonly told?: (corrected: string | undefined) => Told;
}

const claim = /v\s*[=:]\s*(?:mta-?)?sts/iu.source;

/** Why a text that was meant as a record is none, the most telling reason first. */
export const reasons: readonly Reason[] = [
  {
    test: /^.{0,260}\bTXT[ \t]+\(?[ \t]*"?v=STS/iu,
    title: 'The record is a whole line of a zone file',
    detail: 'Only the text between the quotation marks is the value.',
  },
  {
    test: new RegExp(`^\\s*["“”]\\s*${claim}`, 'iu'),
    title: 'The record has quotation marks in its text',
    detail: 'They belong to zone files, not to the value: 11 of 11 senders see no policy.',
  },
  {
    test: new RegExp(`^[ \\t]+${claim}`, 'iu'),
    title: 'A space stands before the version',
    detail: 'The record must begin with `v=STSv1;`.',
    length: (text) => /^[ \t]+/.exec(text)?.[0].length ?? 1,
  },
  {
    // One class: where two alternatives take the same character, each of a row doubles the time.
    test: new RegExp(`^[\\p{Cf}\\p{Zs}]+${claim}`, 'iu'),
    title: 'An invisible character stands before the version',
    detail: 'It comes from copying, and the record must begin with `v=STSv1;`.',
  },
  {
    test: /^v=STSv1\\+;/u,
    title: 'A backslash stands before the semicolon',
    detail: '`\\;` belongs to zone files, not to the value.',
    at: () => 7,
  },
  {
    test: /^v=STSv1[ \t]+;/u,
    title: '',
    detail: '',
    at: () => 7,
    told: (corrected) => spaceBeforeSemicolon('error', corrected),
  },
  {
    test: /^v=STSv1[ \t]*$/u,
    title: 'The record ends after the version',
    detail: 'The id is missing.',
    at: (text) => text.length,
    length: () => 0,
  },
  {
    test: /^v=STSv1[^0-9]/u,
    title: 'No semicolon follows the version',
    detail: 'The record must begin with exactly `v=STSv1;`.',
    at: () => 7,
    length: () => 1,
  },
  {
    test: /^v=STSv?[02-9]|^v=STSv1[0-9]/iu,
    title: 'The version is not 1',
    detail: 'There is only `STSv1`.',
    at: () => 2,
    length: () => 5,
  },
  {
    test: /^v=(?:mta-?)?sts-?v?1/iu,
    title: 'The version is not written `STSv1`',
    detail: 'Upper and lower case count, and nothing may be left out: 8 of 11 senders see no policy.',
    at: (text) => (text.startsWith('v=') ? 2 : 0),
    length: () => 5,
  },
  {
    test: new RegExp(`^${claim}`, 'iu'),
    title: 'The version is not written `v=STSv1`',
    detail: 'It is written exactly so, with nothing around the `=`.',
    length: () => 7,
  },
  {
    test: /^v=\P{ASCII}?STS/iu,
    title: 'The version has a character that is not ASCII',
    detail: 'The record must begin with `v=STSv1;`.',
  },
  {
    test: /^id=[A-Za-z0-9]{1,32};?[ \t]*$/u,
    title: 'The version is missing',
    detail: 'The record must begin with `v=STSv1;`.',
    length: () => 0,
  },
];
