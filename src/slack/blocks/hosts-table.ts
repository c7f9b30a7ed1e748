/** The MX hosts and what a sender would do at each: as a table, and as lines for screen readers. */
import type { TableBlock } from '@slack/types';
import type { Delivery, Outcome } from '../../check/delivery.ts';
import { reportBlocks } from '../ids.ts';
import { bold, cell, paragraph, rich, shorten, visibleLine } from './pieces.ts';

/** The longest names, fifteen of them, still leave room for findings. */
const hostCharsMax = 60;
/** They hold a word or two. */
const cellCharsMax = 40;

const outcomes: Readonly<Record<Outcome, string>> = {
  'delivers-verified': 'deliver',
  'delivers-and-reports': 'deliver, and report a failure',
  skips: 'skip this host',
  'delivers-unprotected': 'deliver unprotected',
  'not-measured': 'not measured',
};

/**
 * At most so many hosts, the others counted; undefined without hosts. What a sender would do comes before why:
 * on a telephone the first two columns are all there is to be seen.
 */
export function hostsTable(deliveries: readonly Delivery[], rowsMax: number): TableBlock | undefined {
  if (deliveries.length === 0) return undefined;
  const { shown, summed } = chosen(deliveries, rowsMax);
  return {
    type: 'table',
    block_id: reportBlocks.hosts,
    column_settings: [{ is_wrapped: true }],
    rows: [
      ['MX host', 'A sender would', 'In the policy', 'STARTTLS', 'Certificate'].map(cell),
      ...shown.map(({ host, inPolicy, starttls, certificate, outcome }) => [
        cell(shorten(visibleLine(host), hostCharsMax)),
        outcomeCell(outcome),
        cell(inPolicyWord(inPolicy)),
        cell(shorten(visibleLine(starttls), cellCharsMax)),
        cell(shorten(visibleLine(certificate), cellCharsMax)),
      ]),
      ...summed.map(({ count, outcome }) => [
        cell(`${count} more host${count === 1 ? '' : 's'}`),
        outcomeCell(outcome),
        cell('–'),
        cell('–'),
        cell('–'),
      ]),
    ],
  };
}

/** One line a host, each whole. */
export function hostsText(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(
    ({ host, inPolicy, starttls, certificate, outcome, because }) =>
      `${visibleLine(host)}: in the policy: ${inPolicyWord(inPolicy)}; STARTTLS: ${visibleLine(starttls)}; certificate: ${visibleLine(certificate)}; a sender would ${outcomes[outcome]}. ${visibleLine(because)}`,
  );
}

/** Of many hosts those that differ from what most do, in order of preference; the others are counted. */
function chosen(
  deliveries: readonly Delivery[],
  rowsMax: number,
): {
  readonly shown: readonly Delivery[];
  readonly summed: readonly { readonly count: number; readonly outcome: Outcome }[];
} {
  if (deliveries.length <= rowsMax) return { shown: deliveries, summed: [] };
  const count = (wanted: Outcome) => deliveries.filter(({ outcome }) => outcome === wanted).length;
  const usual = (Object.keys(outcomes) as Outcome[]).toSorted((one, other) => count(other) - count(one))[0];
  const odd = deliveries.filter(({ outcome }) => outcome !== usual);
  const first = new Set([...odd, ...deliveries.filter(({ outcome }) => outcome === usual)].slice(0, rowsMax));
  const rest = deliveries.filter((delivery) => !first.has(delivery));
  return {
    shown: deliveries.filter((delivery) => first.has(delivery)),
    summed: (Object.keys(outcomes) as Outcome[])
      .map((outcome) => ({ outcome, count: rest.filter((one) => one.outcome === outcome).length }))
      .filter((sum) => sum.count > 0),
  };
}

function inPolicyWord(inPolicy: boolean | undefined): string {
  if (inPolicy === undefined) return 'no policy';
  return inPolicy ? 'yes' : 'no';
}

/** What stops or endangers mail is what the eye is to find. */
function outcomeCell(outcome: Outcome): TableBlock['rows'][number][number] {
  const words = outcomes[outcome];
  return outcome === 'skips' || outcome === 'delivers-and-reports'
    ? rich(undefined, paragraph(bold(words)))
    : cell(words);
}
