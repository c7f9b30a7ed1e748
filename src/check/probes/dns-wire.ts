/**
 * The frame of a DNS message (RFC 1035 §4.1), read strictly: where each record begins and ends, and its
 * names as zone files write them. dns-packet passes over lengths and makes text of octets that are none,
 * so it only writes here. What records hold is left to dns-data.ts, what they mean to dns-message.ts.
 */

/** A record whose data lie in the message from `start` to before `end`. */
export interface WireRecord {
  /** As `WireName` writes it. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The 32 bits as they stand; an OPT record keeps other things there. */
  readonly ttl: number;
  readonly start: number;
  readonly end: number;
}

export interface WireMessage {
  readonly bytes: Buffer;
  /** Names that pointers lead to. */
  readonly known: Map<number, WireName>;
  readonly id: number;
  readonly flags: number;
  readonly questions: readonly WireQuestion[];
  readonly answers: readonly WireRecord[];
  readonly authorities: readonly WireRecord[];
  readonly additionals: readonly WireRecord[];
}

interface WireQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

/** No message is shorter than its header (RFC 1035 §4.1.1). */
export const headerLength = 12;
/** Octets of a name and of a label (RFC 1035 §2.3.4). */
const nameLength = 255;
const labelLength = 63;
/** A name has at most 127 labels, and nobody who compresses needs more than one pointer for each. */
const mostPointers = 127;

/** Undefined for what is no whole message; octets behind it are passed over. The worst 16 KB take two milliseconds. */
export function readMessage(bytes: Buffer): WireMessage | undefined {
  if (bytes.length < headerLength) return undefined;
  const known = new Map<number, WireName>();
  let at = headerLength;
  function section<R>(count: number, read: (from: number) => Read<R> | undefined): R[] | undefined {
    const all: R[] = [];
    for (let left = count; left > 0; left -= 1) {
      const one = read(at);
      if (one === undefined) return undefined;
      all.push(one.value);
      at = one.next;
    }
    return all;
  }
  const counts = [4, 6, 8, 10].map((offset) => bytes.readUInt16BE(offset));
  const questions = section(counts[0] ?? 0, (from) => readQuestion(bytes, from, known));
  const [answers, authorities, additionals] = counts
    .slice(1)
    .map((count) => section(count, (from) => readRecord(bytes, from, known)));
  if (!questions || !answers || !authorities || !additionals) return undefined;
  return {
    bytes,
    known,
    id: bytes.readUInt16BE(0),
    flags: bytes.readUInt16BE(2),
    questions,
    answers,
    authorities,
    additionals,
  };
}

interface Read<R> {
  readonly value: R;
  readonly next: number;
}

function readQuestion(
  bytes: Buffer,
  from: number,
  known: Map<number, WireName>,
): Read<WireQuestion> | undefined {
  const name = readName(bytes, from, known);
  if (name === undefined || name.next + 4 > bytes.length) return undefined;
  const { text, next } = name;
  return {
    value: { name: text, type: bytes.readUInt16BE(next), class: bytes.readUInt16BE(next + 2) },
    next: next + 4,
  };
}

function readRecord(bytes: Buffer, from: number, known: Map<number, WireName>): Read<WireRecord> | undefined {
  const name = readName(bytes, from, known);
  if (name === undefined || name.next + 10 > bytes.length) return undefined;
  const { text, next } = name;
  const start = next + 10;
  const end = start + bytes.readUInt16BE(next + 8);
  if (end > bytes.length) return undefined;
  return {
    value: {
      name: text,
      type: bytes.readUInt16BE(next),
      class: bytes.readUInt16BE(next + 2),
      ttl: bytes.readUInt32BE(next + 4),
      start,
      end,
    },
    next: end,
  };
}

/** A name, or the end of one. */
export interface WireName {
  /**
   * Without the root's dot; the root is `.`. Octets that are no printable ASCII, and dots and backslashes in
   * labels, are escaped as in zone files (RFC 1035 §5.1), so that two names that differ never become one.
   */
  readonly text: string;
  /** Its length when it is not compressed. */
  readonly octets: number;
  /** Where the next thing begins. */
  readonly next: number;
}

/**
 * The name that begins there, compressed or not (RFC 1035 §4.1.4). What pointers lead to is kept in `known`,
 * because a message may lead a thousand times to the same long name.
 */
export function readName(
  bytes: Buffer,
  from: number,
  known: Map<number, WireName> = new Map(),
  pointers = 0,
): WireName | undefined {
  const labels: string[] = [];
  let octets = 1;
  let at = from;
  for (;;) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { text: labels.length === 0 ? '.' : labels.join('.'), octets, next: at + 1 };
    if (length > labelLength) {
      // Two bits say that it is a pointer; it leads back, so that every chain has an end.
      if (length < 0xc0 || at + 1 >= bytes.length || pointers === mostPointers) return undefined;
      const target = bytes.readUInt16BE(at) & 0x3fff;
      if (target >= from || target < headerLength) return undefined;
      const rest = known.get(target) ?? readName(bytes, target, known, pointers + 1);
      if (rest === undefined || octets - 1 + rest.octets > nameLength) return undefined;
      known.set(target, rest);
      const text = [...labels, ...(rest.text === '.' && labels.length > 0 ? [] : [rest.text])].join('.');
      return { text, octets: octets - 1 + rest.octets, next: at + 2 };
    }
    octets += 1 + length;
    if (octets > nameLength || at + 1 + length > bytes.length) return undefined;
    labels.push(escaped(bytes.toString('latin1', at + 1, at + 1 + length)));
    at += 1 + length;
  }
}

function escaped(label: string): string {
  if (/^[\w-]*$/.test(label)) return label;
  return label.replace(/[^!-~]|[.\\]/g, (character) =>
    character === '.' || character === '\\'
      ? `\\${character}`
      : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
}
