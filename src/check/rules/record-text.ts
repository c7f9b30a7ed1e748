/** The rules for the text of the MTA-STS record, as src/protocol reads it. */
import { decode } from '../../protocol/fields.ts';
import { rfc } from '../../protocol/rfc.ts';
import { isMeant } from '../asked.ts';
import { joined } from '../observation.ts';
import { once } from '../once.ts';
import type { Rule, Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type FaultFamily, type FaultShape, faultRule, type ReadText } from './fault-rule.ts';
import { recordUnknown, skip } from './needs.ts';

const family: FaultFamily = { area: 'record', cite: rfc(8461, '3.1'), read: once(readRecordText) };

function readRecordText(seen: Seen): ReadText | Skip {
  const { txt, record, recordName } = seen;
  if (txt === undefined || record === undefined) return recordUnknown;
  if (!isMeant(record)) return skip('there is no record to read');
  return { parsed: record, name: recordName, kind: 'records', lines: joined(txt).map(decode), seen };
}

const shapes: readonly FaultShape[] = [
  { id: 'txt.multiple', title: 'More than one MTA-STS record stands at one name', severity: 'error' },
  { id: 'txt.near-miss', title: 'A record is almost one, and counts as none', severity: 'error' },
  { id: 'txt.malformed', title: 'The record fits no grammar', severity: 'error' },
  { id: 'txt.non-ascii', title: 'The record has a character that is not ASCII', severity: 'error' },
  {
    id: 'txt.space-before-semicolon',
    title: 'A space stands before the first semicolon',
    severity: 'error where it is the only record, warning beside a good one',
  },
  { id: 'txt.id-empty', title: 'The id is empty', severity: 'error' },
  { id: 'txt.id-charset', title: 'The id has another character than letters and digits', severity: 'error' },
  { id: 'txt.id-too-long', title: 'The id is too long', severity: 'error' },
  { id: 'txt.empty-field', title: 'A field is empty', severity: 'error' },
  { id: 'txt.trailing-space', title: 'A space stands at the end', severity: 'error' },
  { id: 'txt.duplicate-field', title: 'A field stands in the record twice', severity: 'warning' },
  { id: 'txt.unknown-field', title: 'A field is none of MTA-STS', severity: 'notice' },
  {
    id: 'txt.unrelated-record-beside',
    title: 'Another TXT record stands at the same name',
    severity: 'warning',
  },
];

export const recordTextRules: readonly Rule[] = shapes.map((shape) => faultRule(family, shape));
