/**
 * The answer: what to publish, in the order in which it is safe, with boxes to copy from. The boxes are also
 * the state of last resort (records.ts), so their order within a block is fixed: where first, then what.
 */
import type { KnownBlock, RichTextBlock } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import { formValues, meaning, type Publication, type Step } from '../../protocol/publication.ts';
import { actionIds, recordsBlocks } from '../ids.ts';
import { askedByBlockId, type MxCoverage, publicationOf, type Records, recordsValue } from '../records.ts';
import { watchValue } from '../watch-values.ts';
import {
  actions,
  bold,
  box,
  button,
  context,
  escapeMrkdwn,
  header,
  localTime,
  type Message,
  paragraph,
  rich,
} from './pieces.ts';

export interface RecordsMessage extends Message {
  /**
   * Whether the buttons carry the whole state. If not, the message has to be one that Slack sends along
   * with a press: a direct message or a post in a channel, never an ephemeral one.
   */
  readonly selfContained: boolean;
}

/**
 * Slack refuses the blocks of a message at about 13,200 characters together and does not say how it counts
 * (`msg_blocks_too_long`); their JSON is the longest of all counts.
 */
const blocksCharsMax = 13_000;

/** The records to publish, private (`sharedBy` absent) or as somebody shares them. */
export function recordsMessage(records: Records, { sharedBy }: { sharedBy?: string } = {}): RecordsMessage {
  const content = recordsContent(records);
  const who = whoAsked(records, sharedBy);
  const value = recordsValue(records);
  const withButtons = (blocks: KnownBlock[], state: string | undefined, hasRoom = true): KnownBlock[] => [
    ...blocks,
    context(who, askedByBlockId(records)),
    recordsButtons(records, state, hasRoom),
  ];
  const text = `${content.text}\n\n${who}`;
  const full = withButtons(content.blocks, value);
  if (value !== undefined && fits(full)) return { text, blocks: full, selfContained: true };
  const stateless = withButtons(content.blocks, undefined);
  // A policy of a thousand lines leaves no room for explanations; the text alone has them all the same.
  const blocks = fits(stateless)
    ? stateless
    : withButtons(content.blocks.filter(isEssential), undefined, false);
  return { text, blocks, selfContained: false };
}

function fits(blocks: readonly KnownBlock[]): boolean {
  return JSON.stringify(blocks).length <= blocksCharsMax;
}

/** What is to be published, and not how and why. */
function isEssential({ block_id }: KnownBlock): boolean {
  return [recordsBlocks.heading, recordsBlocks.policy, recordsBlocks.txt, recordsBlocks.tlsRpt].some(
    (id) => id === block_id,
  );
}

/** The records without buttons and without saying who asked: what the share modal shows beforehand. */
export function recordsContent(records: Records): Message {
  const publication = publicationOf(records);
  const title = `${displayDomain(records.domain)}: MTA-STS policy, mode ${records.policy.mode}`;
  const steps = publication.steps.map((step, at) => drawStep(step, at + 1, publication));
  const covered = coverageSentence(records);
  return {
    text: [
      escapeMrkdwn(`${title}\n${meaning(publication)}`),
      ...steps.map(({ text }) => escapeMrkdwn(text)),
      ...(covered === undefined ? [] : [covered]),
    ].join('\n\n'),
    blocks: [
      header(title, recordsBlocks.heading),
      rich(recordsBlocks.meaning, paragraph(meaning(publication))),
      ...steps.map(({ block }) => block),
      ...(covered === undefined ? [] : [context(covered)]),
    ],
  };
}

interface DrawnStep {
  readonly text: string;
  readonly block: RichTextBlock;
}

function drawStep(step: Step, number: number, publication: Publication): DrawnStep {
  const { policyFile, record, tlsRpt } = publication;
  switch (step.kind) {
    case 'policy':
      return boxedStep(recordsBlocks.policy, number, 'Serve this policy at this address', step.detail, [
        policyFile.url,
        policyFile.body,
      ]);
    case 'record':
      return boxedStep(
        recordsBlocks.txt,
        number,
        'Publish this TXT record, after the policy',
        recordDetail(step, publication),
        [record.name, record.value],
      );
    case 'tls-rpt':
      return boxedStep(recordsBlocks.tlsRpt, number, 'Publish this TXT record for TLS-RPT', step.detail, [
        tlsRpt?.name ?? '',
        tlsRpt?.value ?? '',
      ]);
    default:
      return {
        text: `${number}. ${step.title}. ${step.detail}`,
        block: rich(undefined, paragraph(bold(`${number}. ${step.title}. `), step.detail)),
      };
  }
}

function boxedStep(
  blockId: string,
  number: number,
  title: string,
  detail: string,
  [where, what]: readonly [string, string],
): DrawnStep {
  return {
    text: `${number}. ${title}. ${detail}\n${where}\n${what.trimEnd()}`,
    block: rich(blockId, paragraph(bold(`${number}. ${title}. `), detail), box(where), box(what)),
  };
}

function recordDetail(step: Step, { record, domain }: Publication): string {
  const { host, zone } = formValues(record, domain);
  return `${step.detail} Where the DNS form adds ${zone} by itself, the name is \`${host}\`.`;
}

function coverageSentence({ domain, covered, policy }: Records): string | undefined {
  if (policy.mode === 'none') return undefined;
  if (covered === undefined) return `Not compared with the MX of \`${domain}\` in DNS.`;
  const { provider } = covered;
  const whose = `\`${domain}\`${provider === undefined ? '' : ` (${escapeMrkdwn(provider)})`}`;
  const when = localTime(new Date(covered.atSeconds * 1000));
  return `${coverageCount(covered)} of ${whose} as of ${when}.`;
}

function coverageCount({ covered, compared, total }: MxCoverage): string {
  if (compared < total) return `Covers ${covered} of the first ${compared} MX (of ${total})`;
  if (covered < total) return `Covers ${covered} of ${total} MX`;
  return total === 1 ? 'Covers the one MX' : `Covers all ${total} MX`;
}

function whoAsked({ askedBy }: Records, sharedBy: string | undefined): string {
  const asked = `<@${askedBy}> with \`/mta-sts\``;
  if (sharedBy === undefined) return `Asked by ${asked}. Only you see this until you share it.`;
  return sharedBy === askedBy
    ? `Made and shared by ${asked}.`
    : `Made by ${asked}, shared by <@${sharedBy}>.`;
}

function recordsButtons({ domain }: Records, state: string | undefined, hasRoom: boolean): KnownBlock {
  const more = state === undefined ? {} : { value: state };
  return actions(
    recordsBlocks.actions,
    button(actionIds.checkRecords, 'Run live check', `whether ${domain} publishes this`, more),
    // Needs no more than the domain.
    ...(hasRoom
      ? [
          button(actionIds.watchRecords, 'Watch…', `what ${domain} publishes from now on`, {
            value: watchValue({ domain }),
          }),
        ]
      : []),
    button(actionIds.editRecords, 'Edit', `the policy of ${domain}`, more),
    button(actionIds.shareRecords, 'Share to…', `the records of ${domain}`, more),
    button(actionIds.fileOfRecords, 'Policy as a file', `mta-sts.txt of ${domain}`, more),
  );
}
