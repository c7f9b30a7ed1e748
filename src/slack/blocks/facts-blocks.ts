/** What stands beside the findings: which known senders do not take what is published, and what else is so. */
import type { RichTextBlock } from '@slack/types';
import type { Acceptance, Fact } from '../../check/report.ts';
import type { ToldReport } from '../told-report.ts';
import { bold, bullets, code, paragraph, rich, shorten, visibleLine } from './pieces.ts';

/** Quotes of ours are shorter, unless they hold the longest names. */
const textCharsMax = 300;
const subjectCharsMax = 100;

/**
 * Those that refuse for the same reason in one line, at most so many lines. Undefined when all accept, and when
 * all refuse for one reason: then it is what the finding says.
 */
export function acceptanceBlock(
  acceptance: readonly Acceptance[],
  linesMax: number,
): RichTextBlock | undefined {
  const refused = refusals(acceptance);
  if (refused.length === 0 || linesMax === 0 || refused.some(({ isAll }) => isAll)) return undefined;
  return rich(
    undefined,
    paragraph(bold(leadOf(acceptance))),
    bullets(
      refused
        .slice(0, linesMax)
        .map(({ senders, because }) => [
          shorten(because, textCharsMax),
          ` ${shorten(senders, textCharsMax)}.`,
        ]),
    ),
  );
}

/** `3 of 11 known senders do not take this as it is` */
function leadOf(acceptance: readonly Acceptance[]): string {
  const refusing = acceptance.filter(({ accepts }) => !accepts).length;
  const verb = refusing === 1 ? 'does' : 'do';
  return `${refusing} of ${acceptance.length} known senders ${verb} not take this as it is`;
}

/** The same as lines for screen readers, not yet escaped. */
export function acceptanceText(acceptance: readonly Acceptance[]): readonly string[] {
  const lines = refusals(acceptance).map(({ senders, because }) => `${because} ${senders}.`);
  return lines.length === 0 ? [] : [[`${leadOf(acceptance)}.`, ...lines].join('\n')];
}

function refusals(acceptance: readonly Acceptance[]) {
  const refusing = acceptance.filter(({ accepts }) => !accepts);
  const bySender = refusing.flatMap(({ sender, because }) => because.map((reason) => ({ sender, reason })));
  const alike = Map.groupBy(bySender, ({ reason }) => reason);
  return [...alike].map(([reason, those]) => ({
    because: asReason(visibleLine(reason)),
    /** Every known sender: their names tell nothing. */
    isAll: those.length === acceptance.length && those.length > 1,
    senders: those.map(({ sender }) => visibleLine(sender)).join(', '),
  }));
}

/** `It takes two records for none.` as `Takes two records for none:`, before the names of those that do. */
function asReason(because: string): string {
  const reason = because.replace(/^It (\p{L})/u, (_, letter: string) => letter.toUpperCase());
  return reason.replace(/\.$/, ':');
}

/** Every fact but what a sender would do at each host: the table says it. */
export function factsOf({ facts, deliveries }: ToldReport): readonly Fact[] {
  return deliveries.length === 0 ? facts : facts.filter(({ id }) => id !== 'consistency.dns-vs-policy');
}

/** What the table leaves open, or makes others see something else: told before anybody presses Show all. */
const firstIds: ReadonlySet<string> = new Set(['txt.cached-elsewhere', 'mx.omitted']);

/** The other facts change nothing that the reader would do. */
export function firstFacts(report: ToldReport): readonly Fact[] {
  return factsOf(report).filter(({ id }) => firstIds.has(id));
}

export function factsBlock(facts: readonly Fact[]): RichTextBlock | undefined {
  if (facts.length === 0) return undefined;
  return rich(
    undefined,
    paragraph(bold('Also seen')),
    bullets(
      facts.map(({ subject, text }) => [
        code(shorten(visibleLine(subject), subjectCharsMax)),
        ` ${shorten(visibleLine(text), textCharsMax)}`,
      ]),
    ),
  );
}
