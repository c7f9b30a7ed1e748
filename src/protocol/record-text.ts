/** Reads TXT records (RFC 8461 §3.1). */
import type { Fault, Parsed } from './fault.ts';
import { idValue } from './grammar.ts';
import type { MtaStsRecord } from './mtasts.ts';
import { rfc } from './rfc.ts';

export function readRecordSet(records: readonly (Uint8Array | string)[]): Parsed<MtaStsRecord> {
  const sts = records.filter((record) => textOf(record).startsWith('v=STSv1;'));
  const [first] = sts;
  if (first === undefined)
    return { verdict: 'none', value: undefined, problems: [], advice: [], corrected: undefined };
  return sts.length === 1 ? readRecord(first) : refuse('multiple', 'txt.multiple');
}

export function readRecord(record: Uint8Array | string): Parsed<MtaStsRecord> {
  const [, id = ''] = /^v=STSv1;[ \t]*id=([^;= \t]*)[ \t]*;?[ \t]*$/.exec(textOf(record)) ?? [];
  if (!idValue.test(id)) return refuse('invalid', 'txt.malformed');
  return { verdict: 'valid', value: { id }, problems: [], advice: [], corrected: undefined };
}

function textOf(record: Uint8Array | string): string {
  return typeof record === 'string' ? record : new TextDecoder('utf-8', { ignoreBOM: true }).decode(record);
}

function refuse(verdict: 'invalid' | 'multiple', id: string): Parsed<MtaStsRecord> {
  const fault: Fault = {
    id,
    severity: 'error',
    title: 'The record is not valid',
    detail: 'Senders act as if there were no policy.',
    remedy: 'Write one record, such as `v=STSv1; id=20261124T120000Z;`.',
    cite: rfc(8461, '3.1'),
    line: 1,
    column: 1,
    length: 0,
  };
  return { verdict, value: undefined, problems: [fault], advice: [], corrected: undefined };
}
