/** The weekly digest as a message: how the domains stand, which need somebody, what was mended, what is worth doing. PURE. */
import type { KnownBlock, RichTextElement } from '@slack/types';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import type { Bounded, DomainInNeed, WeeklyDigest } from '../../watch/digest.ts';
import { slashCommand } from '../command.ts';
import {
  bold,
  bullets,
  code,
  context,
  date,
  escapeMrkdwn,
  header,
  type Message,
  paragraph,
  person,
  plural,
  rich,
  shorten,
  spoken,
  visibleLine,
} from './pieces.ts';

/** As of a report: Slack refuses some 13,200 characters of blocks together. */
const blocksCharsMax = 13_000;
const textCharsMax = 39_000;

/** What gives way where names and sentences are long: how many of each list, and how many characters of each text. */
const measures = [
  { items: 15, chars: 250 },
  { items: 10, chars: 120 },
  { items: 5, chars: 60 },
  { items: 3, chars: 40 },
] as const;
type Measure = (typeof measures)[number];
type Item = readonly (string | RichTextElement)[];

export function digestMessage(digest: WeeklyDigest): Message {
  const [whole] = measures;
  let blocks: KnownBlock[] = [];
  for (const measure of measures) {
    blocks = blocksOf(digest, measure);
    if (JSON.stringify(blocks).length <= blocksCharsMax) break;
  }
  const lines = partsOf(digest, whole).flatMap(({ lead, items }) => [
    `${lead}:`,
    ...items.map((item) => `• ${spoken(...item)}`),
  ]);
  const text = [
    titleOf(digest),
    spoken(...spanOf(digest)),
    escapeMrkdwn(countsOf(digest)),
    ...lines,
    spoken(...endOf(digest)),
  ].join('\n');
  return { text: shorten(text, textCharsMax), blocks };
}

function titleOf({ total }: WeeklyDigest): string {
  return `MTA-STS this week: ${plural(total, 'domain')}`;
}

function spanOf({ from, to }: WeeklyDigest): Item {
  return ['From ', date(from), ' to ', date(to), '.'];
}

/** `9 enforced · 1 broken`: only what there is. */
function countsOf({ counts, total }: WeeklyDigest): string {
  if (total === 0) return 'Nothing is watched.';
  const words = ['broken', 'unknown', 'off', 'testing', 'enforced'] as const;
  return [
    ...words.flatMap((verdict) => (counts[verdict] === 0 ? [] : [`${counts[verdict]} ${verdict}`])),
    ...(counts.unlooked === 0 ? [] : [`${counts.unlooked} not looked at yet`]),
  ].join(' · ');
}

function endOf({ needs, total }: WeeklyDigest): Item {
  if (total === 0) return ['Type ', code(`${slashCommand} watch`), ' and a domain to begin.'];
  return needs.shown.length === 0
    ? ['No domain needs anything. ', code(`${slashCommand} list`), ' shows them all.']
    : [code(`${slashCommand} list`), ' shows all domains; ', code(`${slashCommand} check`), ' one of them.'];
}

function blocksOf(digest: WeeklyDigest, measure: Measure): KnownBlock[] {
  return [
    header(titleOf(digest)),
    rich(undefined, paragraph(bold(countsOf(digest)))),
    ...partsOf(digest, measure).map(({ lead, items }) =>
      rich(undefined, paragraph(bold(lead)), bullets(items)),
    ),
    rich(undefined, paragraph(...endOf(digest))),
    context(spoken(...spanOf(digest))),
  ];
}

interface Part {
  readonly lead: string;
  readonly items: readonly Item[];
}

function partsOf(digest: WeeklyDigest, measure: Measure): readonly Part[] {
  const name = (domain: DomainName) => code(shorten(displayDomain(domain), measure.chars));
  const said = (text: string) => shorten(visibleLine(text), measure.chars);
  const names = ({ shown, more }: Bounded<DomainName>): Item => [
    ...shown.flatMap((domain, at) => (at === 0 ? [name(domain)] : [', ', name(domain)])),
    ...(more === 0 ? [] : [` and ${plural(more, 'other')}`]),
  ];
  const part = <T>(lead: string, list: Bounded<T>, draw: (one: T) => Item): readonly Part[] => {
    const shown = list.shown.slice(0, measure.items);
    const more = list.more + list.shown.length - shown.length;
    if (shown.length === 0) return [];
    const rest: readonly Item[] = more === 0 ? [] : [[`and ${plural(more, 'other')}`]];
    return [{ lead, items: [...shown.map(draw), ...rest] }];
  };
  return [
    ...part('Need somebody', digest.needs, (need) => [
      name(need.domain),
      ` ${need.verdict}: ${said(need.sentence)} `,
      ...standing(need),
    ]),
    ...part('Certificates that end soon', digest.certificates, ({ domain, subject, detail }) => [
      name(domain),
      ' ',
      ...(detail === undefined ? [{ type: 'text' as const, text: said(subject) }] : [said(detail)]),
    ]),
    ...part('Mended', digest.mended, ({ domain, title, subject, mendedAt }) => [
      name(domain),
      ` ${said(title)} (${said(subject)}), `,
      date(mendedAt),
    ]),
    ...part('Worth doing', digest.worthDoing, ({ title, domains }) => [
      `${said(title)}: `,
      ...names(domains),
    ]),
    ...(digest.paused.shown.length === 0
      ? []
      : [{ lead: 'Nobody hears of these, as every watch of them is paused', items: [names(digest.paused)] }]),
  ];
}

/** How much is open, since when, and who takes care of it. */
function standing({ errors, warnings, since, acknowledgedBy }: DomainInNeed): Item {
  const counted = [
    ...(errors === 0 ? [] : [plural(errors, 'error')]),
    ...(warnings === 0 ? [] : [plural(warnings, 'warning')]),
  ].join(', ');
  const taken: Item = acknowledgedBy === undefined ? [] : ['; acknowledged by ', person(acknowledgedBy)];
  if (counted === '') return taken.length === 0 ? [] : ['Open', ...taken, '.'];
  return [counted, ...(since === undefined ? [] : [', since ', date(since)]), ...taken, '.'];
}
