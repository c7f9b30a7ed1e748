/** Whether what is published is what was generated, and what is to be done next for it to be. */
import type { RichTextBlock } from '@slack/types';
import type {
  FieldComparison,
  PublicationComparison,
  StepComparison,
} from '../../check/compare-publication.ts';
import { bold, bullets, code, paragraph, rich, shorten, visibleLine } from './pieces.ts';

/** A record is shown whole, of a long list its beginning. */
const valueCharsMax = 200;

/** `findings`: others follow, which are about what is published now and not about what was generated. */
export function comparisonBlock(comparison: PublicationComparison, findings: boolean): RichTextBlock {
  const { fields } = comparison;
  const shown = comparison.isPublished ? [] : fields.filter(({ state }) => state !== 'same');
  const same = fields.filter(({ state }) => state === 'same').map(({ field }) => field);
  return rich(
    undefined,
    paragraph(bold(leadOf(comparison))),
    ...(shown.length === 0
      ? []
      : [
          bullets([
            ...shown.map((field) => [code(field.field), ...differenceParts(field)]),
            ...(same.length === 0 ? [] : [[`As generated: ${same.join(', ')}.`]]),
          ]),
        ]),
    ...(comparison.isPublished ? [] : [paragraph(nextOf(comparison))]),
    ...(comparison.isPublished || !findings
      ? []
      : [paragraph('What follows is about what is published now, and may be mended by that.')]),
  );
}

/** The same for screen readers, not yet escaped. */
export function comparisonText(comparison: PublicationComparison): string {
  const lines = comparison.fields.map(lineOf);
  const next = comparison.isPublished ? [] : [nextOf(comparison)];
  return [leadOf(comparison), ...lines, ...next].join('\n').replaceAll('`', '');
}

function lineOf({ field, generated, published, state }: FieldComparison): string {
  switch (state) {
    case 'same':
      return `${field}: as generated (${visibleLine(generated)}).`;
    case 'different':
      return `${field}: published ${visibleLine(published ?? '')}, generated ${visibleLine(generated)}.`;
    case 'absent':
      return `${field}: not published, generated ${visibleLine(generated)}.`;
    case 'not-measured':
      return `${field}: not measured.`;
  }
}

function leadOf({ isPublished, fields, steps }: PublicationComparison): string {
  if (isPublished) return 'Published exactly as it was generated.';
  if (steps.every(({ state }) => state === 'done' || state === 'not-measured'))
    return 'What could be measured is published as it was generated.';
  return fields.some(({ state }) => state === 'same' || state === 'different')
    ? 'What is published differs from what was generated.'
    : 'What was generated is not published yet.';
}

function differenceParts({ generated, published, state }: FieldComparison) {
  const value = (text: string) => code(shorten(visibleLine(text), valueCharsMax));
  if (state === 'not-measured') return [' was not measured.'];
  if (published === undefined) return [' is not published; generated was ', value(generated), '.'];
  return [' is ', value(published), '; generated was ', value(generated), '.'];
}

const steps: Readonly<Record<StepComparison['step'], { readonly name: string; readonly todo: string }>> = {
  'policy-host': { name: 'policy host', todo: 'give the policy host an address in DNS' },
  certificate: { name: 'certificate', todo: 'get a certificate for the policy host that senders take' },
  policy: { name: 'policy', todo: 'serve the generated policy, at every address of the policy host' },
  record: { name: 'TXT record', todo: 'publish the generated TXT record' },
  'tls-rpt': { name: 'TLS-RPT record', todo: 'publish the generated TLS-RPT record' },
};

/** `Next: serve the generated policy. After it: TXT record.` */
function nextOf({ steps: all }: PublicationComparison): string {
  const open = all.filter(({ state }) => state === 'missing' || state === 'different');
  const unknown = all.filter(({ state }) => state === 'not-measured').map(({ step }) => steps[step].name);
  const [first, ...later] = open;
  return [
    ...(first === undefined ? [] : [`Next: ${steps[first.step].todo}.`]),
    ...(later.length === 0 ? [] : [`After it: ${later.map(({ step }) => steps[step].name).join(', ')}.`]),
    ...(unknown.length === 0 ? [] : [`Not measured: ${unknown.join(', ')}.`]),
  ].join(' ');
}
