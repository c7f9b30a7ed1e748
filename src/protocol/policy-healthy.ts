/**
 * The short way through policies of which there is nothing to say: what operators publish and generators
 * print. Anything else is left to the full reader, which gives the same answer for these.
 */
import type { Mode, Policy } from './mtasts.ts';
import type { MxPattern } from './mx-pattern.ts';

/** More patterns than any healthy policy has; comparing each with each stays cheap below. */
const mxMax = 32;

/** The policy, if it is valid and neither wrong nor unwise anywhere; else undefined. */
export function readHealthyPolicy(body: Uint8Array | string): Policy | undefined {
  // One character an octet: whatever is not ASCII fails below.
  const text = typeof body === 'string' ? body : latin1(body);
  if (!text.startsWith('version:')) return undefined;
  let mode: Mode | undefined;
  let maxAgeSeconds = -1;
  const mx: MxPattern[] = [];
  for (let at = 0, end = 0; at < text.length; at = end + 1) {
    end = text.indexOf('\n', at);
    if (end === -1) end = text.length;
    let to = end > at && end < text.length && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    const colon = text.indexOf(':', at);
    if (colon === -1) return undefined;
    let from = colon + 1;
    while (from < to && isBlank(text.charCodeAt(from))) from += 1;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
    if (colon - at === 2 && text.startsWith('mx', at)) {
      if (mx.length === mxMax || !isPlainPattern(text, from, to)) return undefined;
      const pattern = text.slice(from, to) as MxPattern;
      if (mx.includes(pattern)) return undefined;
      mx.push(pattern);
    } else if (colon - at === 4 && text.startsWith('mode', at)) {
      if (mode !== undefined) return undefined;
      mode = modeAt(text, from, to);
      if (mode === undefined) return undefined;
    } else if (colon - at === 7 && text.startsWith('max_age', at)) {
      if (maxAgeSeconds !== -1) return undefined;
      maxAgeSeconds = secondsAt(text, from, to);
      if (maxAgeSeconds === -1) return undefined;
    } else if (at !== 0 || colon !== 7 || to - from !== 5 || !text.startsWith('STSv1', from)) {
      return undefined;
    }
  }
  if (mode === undefined || maxAgeSeconds === -1) return undefined;
  if (mode === 'none') return { mode, mx, maxAgeSeconds };
  // Less than this is worth a word (policy.max_age-short).
  if (mx.length === 0 || maxAgeSeconds < (mode === 'enforce' ? 604_800 : 86_400)) return undefined;
  return { mode, mx, maxAgeSeconds };
}

/** A Buffer reads its text itself; another view of octets gets one around it, without a copy. */
function latin1(body: Uint8Array): string {
  const octets = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return octets.toString('latin1');
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function modeAt(text: string, from: number, to: number): Mode | undefined {
  if (to - from === 7) {
    if (text.startsWith('enforce', from)) return 'enforce';
    return text.startsWith('testing', from) ? 'testing' : undefined;
  }
  return to - from === 4 && text.startsWith('none', from) ? 'none' : undefined;
}

/** -1 where it is not 1 to 10 digits or over the maximum of 31557600. */
function secondsAt(text: string, from: number, to: number): number {
  if (to === from || to - from > 10) return -1;
  let seconds = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    seconds = seconds * 10 + digit;
  }
  return seconds > 31_557_600 ? -1 : seconds;
}

/** Lower-case labels of up to 63 characters, two or more, not all of them numbers; `*.` may stand in front. */
function isPlainPattern(text: string, from: number, to: number): boolean {
  if (to - from > 253) return false;
  let label = text.startsWith('*.', from) ? from + 2 : from;
  let letters = false;
  let labels = 0;
  let previous = 46;
  for (let at = label; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 97 && code <= 122) letters = true;
    else if (code === 46) {
      if (previous === 45 || previous === 46 || at - label > 63) return false;
      labels += 1;
      label = at + 1;
    } else if (code === 45) {
      if (previous === 46) return false;
    } else if (code < 48 || code > 57) return false;
    previous = code;
  }
  return letters && labels > 0 && previous !== 45 && previous !== 46 && to - label <= 63;
}
