/** Reads replies of SMTP servers out of the octets as they arrive (RFC 5321 §4.2). What a reply means for the dialogue is left to smtp.ts. */
import { octetsOf, type SmtpReply } from '../observation.ts';

/** Octets of one line. RFC 5321 §4.5.3.1.5 allows 512; some servers list longer texts, and no sender takes more. */
export const longestLine = 2048;
/** Lines of one reply. An EHLO reply with everything there is has some thirty. */
export const mostLines = 100;
/** Octets of one reply, over all lines. */
export const longestReply = 16_384;

export type ReplyReading =
  | { readonly kind: 'more' }
  /** `rest` came after it, unasked. */
  | { readonly kind: 'reply'; readonly reply: SmtpReply; readonly rest: Uint8Array }
  | { readonly kind: 'problem'; readonly problem: 'garbage' | 'too-much' };

export interface ReplyReader {
  /** Takes what arrived next. After anything but `more` the reader has done its work. */
  read(chunk: Uint8Array): ReplyReading;
}

const lf = 0x0a;
/** The code of a reply (first digit 2 to 5), then a hyphen when more lines follow; a code may stand alone. */
const linePattern = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s;
/** As far as a line has come, could it still be one? */
const beginningPattern = /^(?:[2-5](?:[0-9](?:[0-9](?:[ -]|\r)?)?)?)?$/;

/** For one reply. Lines end with CR LF; senders take a bare LF as well. All other octets are text. */
export function createReplyReader(): ReplyReader {
  const lines: string[] = [];
  let code: string | undefined;
  let pending = Buffer.alloc(0);
  let octets = 0;

  /** Undefined: more lines follow. */
  function readLine(line: string): 'last' | 'garbage' | undefined {
    const [, lineCode, separator, text = ''] = linePattern.exec(line) ?? [];
    // RFC 5321 §4.2.1: every line has the same code.
    if (lineCode === undefined || (code ?? lineCode) !== lineCode) return 'garbage';
    code = lineCode;
    lines.push(text);
    return separator === '-' ? undefined : 'last';
  }

  return {
    read(chunk) {
      pending = Buffer.concat([pending, chunk]);
      for (let end = pending.indexOf(lf); end >= 0; end = pending.indexOf(lf)) {
        octets += end + 1;
        if (end >= longestLine || octets > longestReply) return { kind: 'problem', problem: 'too-much' };
        const read = readLine(octetsOf(pending.subarray(0, end)).replace(/\r$/, ''));
        pending = pending.subarray(end + 1);
        if (read === 'garbage') return { kind: 'problem', problem: 'garbage' };
        if (read === 'last') return { kind: 'reply', reply: { code: Number(code), lines }, rest: pending };
        if (lines.length === mostLines) return { kind: 'problem', problem: 'too-much' };
      }
      if (!beginningPattern.test(octetsOf(pending.subarray(0, 4))))
        return { kind: 'problem', problem: 'garbage' };
      if (pending.length >= longestLine || octets + pending.length > longestReply)
        return { kind: 'problem', problem: 'too-much' };
      return { kind: 'more' };
    },
  };
}
