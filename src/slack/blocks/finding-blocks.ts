/** One finding as blocks and as text: severity, fact, subject, what a sender does, the exact text to copy. */
import type { RichTextBlock, RichTextElement } from '@slack/types';
import type { Finding } from '../../check/rule.ts';
import { severities } from '../../protocol/fault.ts';
import type { Citation } from '../../protocol/rfc.ts';
import { bold, box, code, link, paragraph, rich, shorten, visible, visibleLine } from './pieces.ts';

/** Findings of one rule are told once when there are more of them: fifty hosts without STARTTLS have one cause. */
const alikeMax = 2;
/** Longer than any text to publish that a person would copy from a chat; what is cut must not be published. */
const copyCharsMax = 1500;
const tooLong = '(too long for a message; `mta-sts check` in the terminal prints it)';
/** A paragraph of ours is far shorter, unless it quotes what others wrote. */
const proseCharsMax = 1200;
/** Names of which more are counted: nobody reads on. */
const subjectsMax = 20;

/** What is told of a finding. */
export interface ToldFinding
  extends Pick<Finding, 'id' | 'severity' | 'subject' | 'title' | 'detail' | 'remedy'> {
  readonly cite: Pick<Citation, 'label' | 'url'>;
  /** It comes and goes. */
  readonly unstable?: true;
}

/** The findings of one rule that are told together. */
export interface Group<F extends ToldFinding = ToldFinding> {
  readonly finding: F;
  /** What the same is said of besides. */
  readonly others: readonly string[];
}

/** Errors first, within a severity in the order of the report; those of one rule together where they are many. */
export function groupFindings<F extends ToldFinding>(findings: readonly F[]): readonly Group<F>[] {
  const sorted = findings.toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  );
  const alike = Map.groupBy(sorted, ({ id, severity }) => `${severity} ${id}`);
  return [...alike.values()].flatMap((same): Group<F>[] => {
    const [first, ...others] = same;
    if (first === undefined) return [];
    if (same.length <= alikeMax) return same.map((finding) => ({ finding, others: [] }));
    return [{ finding: first, others: others.map(({ subject }) => subject) }];
  });
}

/**
 * The finding, its remedy with boxes to copy from, and the section it rests on; `brief` tells of the detail only
 * the first sentence, what a sender does about it.
 */
export function findingBlock({ finding, others }: Group, { brief = false } = {}): RichTextBlock {
  const { severity, title, subject, remedy, cite } = finding;
  const detail = detailOf(finding, brief);
  return rich(
    undefined,
    paragraph(
      bold(`${capital(severity)}: ${shorten(visibleLine(title), 300)}`),
      '\n',
      code(shorten(visibleLine(subject), 300)),
    ),
    paragraph(shorten(visibleLine(detail), proseCharsMax), ' ', link(cite.url, cite.label)),
    ...remedyParts(visible(remedy)),
    ...(others.length === 0 ? [] : [paragraph('The same at ', ...subjects(others), '.')]),
  );
}

/** The same for screen readers, not yet escaped. */
export function findingText({ finding, others }: Group, { brief = false } = {}): string {
  const { severity, title, subject, remedy, cite } = finding;
  const detail = detailOf(finding, brief);
  const same = others.length === 0 ? '' : ` The same at ${others.map(visibleLine).join(', ')}.`;
  return `${capital(severity)}: ${visibleLine(title)} (${visibleLine(subject)}). ${visibleLine(detail)} ${visible(remedy)} ${cite.label}.${same}`;
}

function detailOf({ detail, unstable }: ToldFinding, brief: boolean): string {
  const told = brief ? firstSentence(detail) : detail;
  return unstable === true ? `${told} It comes and goes.` : told;
}

function firstSentence(text: string): string {
  return /^[^\n]*?[.!?](?=\s+[\p{Lu}`(]|$)/u.exec(text)?.[0] ?? text;
}

/** Prose, and in boxes what is to be published as it stands: `texts`, and a file after a colon at a line's end. */
function remedyParts(remedy: string): RichTextBlock['elements'] {
  const fileAt = remedy.indexOf(':\n');
  if (fileAt !== -1 && !remedy.slice(0, fileAt).includes('\n')) {
    // What is to be done after it stands on the last line, whatever is in the file.
    const endAt = /\nThen [^\n]*$/.exec(remedy)?.index ?? remedy.length;
    const file = remedy.slice(fileAt + 2, endAt);
    const whole = file.length > copyCharsMax ? paragraph(tooLong) : box(file);
    return [
      ...remedyParts(remedy.slice(0, fileAt + 1)),
      whole,
      ...(endAt === remedy.length ? [] : remedyParts(remedy.slice(endAt + 1))),
    ];
  }
  const parts: RichTextBlock['elements'] = [];
  let line: (string | RichTextElement)[] = [];
  const end = () => {
    if (line.some((part) => typeof part !== 'string' || /\p{L}/u.test(part))) parts.push(paragraph(...line));
    line = [];
  };
  for (const [at, part] of remedy.split(/`([^`]+)`/).entries()) {
    if (at % 2 === 0) {
      // What stands between a box and the next words is left over from the sentence before.
      const rest = line.length === 0 ? capital(part.replace(/^[\s.,;:]+/, '')) : part;
      if (rest !== '') line.push(shorten(rest, proseCharsMax));
    } else if (!isToPublish(part)) {
      line.push(code(shorten(part, 300)));
    } else if (part.length > copyCharsMax) {
      line.push(tooLong);
    } else {
      const last = line.at(-1);
      if (typeof last === 'string') line[line.length - 1] = last.trimEnd().replace(/(?<=\p{L})$/u, ':');
      end();
      parts.push(box(part));
    }
  }
  end();
  return parts;
}

/** A whole record or file, or a line with a name in it: what nobody types off. */
function isToPublish(text: string): boolean {
  return /^v=|^mx:|\n/i.test(text);
}

function subjects(names: readonly string[]): (string | RichTextElement)[] {
  const shown = names.slice(0, subjectsMax).map((name) => code(shorten(visibleLine(name), 100)));
  const more = names.length - shown.length;
  return [
    ...shown.flatMap((name, at) => (at === 0 ? [name] : [', ', name])),
    ...(more === 0 ? [] : [` and ${more} more`]),
  ];
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
