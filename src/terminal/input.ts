/** Reads files and standard input, and tells of what is no text: folders, huge and binary files. */
import { open } from 'node:fs/promises';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Terminal } from './terminal.ts';

export interface InputLimit {
  readonly octetsMax: number;
  /** A sentence for what is larger, with what to do. */
  readonly tooLarge: string;
}

/** Sixteen times what senders read of a policy (RFC 8461 §3.3): more is some other file. */
const policyLimit: InputLimit = {
  octetsMax: 1_048_576,
  tooLarge: 'This is larger than 1 MiB, and senders read no more than 64 KiB of a policy; name another file.',
};

/** The octets of a file; the problem is a sentence about it. */
export async function readFile(
  path: string,
  limit: InputLimit = policyLimit,
): Promise<Result<Uint8Array, string>> {
  try {
    await using file = await open(path);
    const stats = await file.stat();
    if (stats.isDirectory()) return fail('This is a folder; name the file in it.');
    return await collect(file.createReadStream({ end: limit.octetsMax, autoClose: false }), limit);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return fail(problem);
  }
}

export async function readStandardInput(
  { stdin, stderr }: Terminal,
  limit: InputLimit = policyLimit,
): Promise<Result<Uint8Array, string>> {
  if (stdin.isTTY) stderr.write('Reading from the keyboard; Ctrl-D on a line of its own ends the text.\n');
  return await collect(stdin, limit);
}

async function collect(
  chunks: AsyncIterable<Uint8Array>,
  { octetsMax, tooLarge }: InputLimit,
): Promise<Result<Uint8Array, string>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > octetsMax) return fail(tooLarge);
  }
  const octets = Buffer.concat(parts);
  return isBinary(octets)
    ? fail('This is not a text file; name one that holds the text as it is published.')
    : ok(octets);
}

/** NUL is in no text but UTF-16, which the parsers name. */
function isBinary(octets: Uint8Array): boolean {
  const byteOrderMark =
    (octets[0] === 0xff && octets[1] === 0xfe) || (octets[0] === 0xfe && octets[1] === 0xff);
  if (byteOrderMark || !octets.includes(0)) return false;
  // UTF-16 without a byte order mark: of ASCII text, every second octet is NUL and no other.
  return octets.some((octet, index) => (octet === 0) === (octets[index ^ 1] === 0));
}

/** What is told of a file that cannot be read; undefined for what is no fault of the file. */
function problemOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'There is no such file; check the spelling and the folder.';
    case 'EACCES':
    case 'EPERM':
      return 'This file may not be read by you; change its permissions.';
    case 'EISDIR':
      return 'This is a folder; name the file in it.';
    case 'ENAMETOOLONG':
      return 'This name is longer than a file name can be; did the text itself get here? Pipe it in and write -.';
    case 'ELOOP':
      return 'This is a link that leads back to itself; name the file itself.';
    case 'ERR_INVALID_ARG_VALUE':
      return 'A file name holds no NUL; check what was typed.';
    case 'EIO':
    case 'ENXIO':
    case 'ENODEV':
      return 'This cannot be read; name a plain file.';
    default:
      return undefined;
  }
}
