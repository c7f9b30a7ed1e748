/** A line of the bot's JSON log as people read it: time, level, message, the fields behind it. Pure. */
import { plainLine } from '../terminal/plain-text.ts';
import { isJson, parseJson } from './slack/json.ts';

/** The line made short; what is no JSON stays, without control characters. */
export function compactLogLine(line: string): string {
  const entry = parseJson(line);
  if (!isJson(entry)) return plainLine(line);
  const { time, level, msg, err, ...fields } = entry;
  const parts = [
    clock(time),
    level === 'info' ? '' : String(level ?? ''),
    String(msg ?? ''),
    ...Object.entries(fields).map(([name, value]) => `${name}=${shortly(value)}`),
    isJson(err) ? String(err.stack ?? err.message ?? '') : '',
  ];
  return plainLine(parts.filter((part) => part !== '').join(' '));
}

/** hh:mm:ss in UTC; empty for what is no time. */
function clock(time: unknown): string {
  const at = new Date(typeof time === 'string' || typeof time === 'number' ? time : Number.NaN);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(11, 19);
}

function shortly(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
