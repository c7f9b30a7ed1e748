/** What `mta-sts check` is asked for: the domains, from the words and from standard input, each once. */
import { type DomainName, displayDomain } from '../protocol/domain.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { parseTypedDomain } from '../protocol/typed-domain.ts';
import { readStandardInput } from './input.ts';
import { plainLine } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

export interface CheckRequest {
  /** In the order given. */
  readonly domains: readonly DomainName[];
  /** One sentence for each word that is no domain. */
  readonly problems: readonly string[];
  /** One sentence for each domain that was read out of something else, such as a link. */
  readonly readings: readonly string[];
}

/** Some 400,000 names of usual length: more than anybody looks at in one go. */
const listOctetsMax = 8 * 1_048_576;

interface Word {
  readonly text: string;
  /** Of standard input, from 1. */
  readonly line?: number;
}

/** The problem is about standard input as a whole. */
export async function readCheckRequest(
  words: readonly string[],
  terminal: Terminal,
): Promise<Result<CheckRequest, string>> {
  const texts: Word[] = [];
  for (const [index, text] of words.entries()) {
    if (text !== '-') texts.push({ text });
    else if (words.indexOf('-') === index) {
      const read = await readStandardInput(terminal, {
        octetsMax: listOctetsMax,
        tooLarge: 'This is larger than 8 MiB; list fewer domains.',
      });
      if (!read.ok) return fail(`standard input: ${read.problem}`);
      texts.push(...listedWords(read.value));
    }
  }
  const domains = new Set<DomainName>();
  const problems: string[] = [];
  const readings: string[] = [];
  for (const { text, line } of texts) {
    const typed = parseTypedDomain(text);
    const where = line === undefined ? '' : `line ${line}: `;
    if (!typed.ok) {
      problems.push(`${where}${typed.problem.message}`);
      continue;
    }
    const { domain, from } = typed.value;
    // Spaces, capitals and IDNA do not make another domain; the rest is worth a word.
    const told = from !== 'as-is' && from !== 'trimmed' && from !== 'u-label' && !domains.has(domain);
    if (told) readings.push(`${where}${plainLine(text)} was read as ${displayDomain(domain)}.`);
    domains.add(domain);
  }
  return ok({ domains: [...domains], problems, readings });
}

/** One domain a line; what follows a `#` at its beginning or after a space is for people. */
function listedWords(octets: Uint8Array): readonly Word[] {
  return new TextDecoder()
    .decode(octets)
    .split(/\r\n|\n|\r/)
    .map((text, index) => ({ text: text.replace(/(?:^|\s)#.*$/, '').trim(), line: index + 1 }))
    .filter(({ text }) => text !== '');
}
