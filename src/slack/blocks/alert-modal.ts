/** Explain: each finding of an incident in full, and the topics that tell what is behind them. PURE. */
import type { KnownBlock, ModalView } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import type { Incident } from '../../store/shapes.ts';
import type { IncidentFinding, IncidentState } from '../../watch/incident-shapes.ts';
import { slashCommand } from '../command.ts';
import { findTopic } from '../topics/index.ts';
import type { Topic } from '../topics/topic.ts';
import { namesOf } from './alert-message.ts';
import { findingBlock, groupFindings } from './finding-blocks.ts';
import {
  bold,
  bullets,
  code,
  context,
  header,
  localTime,
  paragraph,
  plain,
  plainContext,
  plural,
  rich,
  shorten,
  visibleLine,
} from './pieces.ts';

/** A modal takes 100 blocks; each finding has one and its date another. */
const findingsShown = 40;
/** Slack takes a view of 250 kB; nobody reads a third of it. */
const charsMax = 60_000;
const mendedShown = 20;
const topicsShown = 3;

export function alertModal(incident: Incident, state: IncidentState): ModalView {
  const groups = groupFindings(state.open);
  const findings: KnownBlock[] = [];
  let room = charsMax;
  let shown = 0;
  for (const group of groups.slice(0, findingsShown)) {
    const blocks = [findingBlock(group), sinceBlock(group.finding)];
    room -= JSON.stringify(blocks).length;
    if (room < 0) break;
    findings.push(...blocks);
    shown += 1;
  }
  const hidden = groups.slice(shown).reduce((sum, { others }) => sum + 1 + others.length, 0);
  const name = shorten(visibleLine(displayDomain(incident.domain)), 110);
  const topics = topicsOf(state.open);
  return {
    type: 'modal',
    title: plain('What is wrong'),
    close: plain('Close'),
    blocks: [
      header(`${name} · ${state.verdict}`),
      ...(groups.length === 0 ? [rich(undefined, paragraph('Nothing is open any more.'))] : findings),
      ...(hidden === 0
        ? []
        : [plainContext(`No room here for ${hidden} more: \`mta-sts check\` in the terminal tells all.`)]),
      ...mendedBlocks(state),
      ...topics.map(topicBlock),
    ],
  };
}

function sinceBlock({ since }: IncidentFinding): KnownBlock {
  return context(`Seen since ${localTime(new Date(since))}`);
}

function mendedBlocks({ mended }: IncidentState): KnownBlock[] {
  if (mended.length === 0) return [];
  const shown = mended.slice(-mendedShown);
  const hidden = mended.length - shown.length;
  return [
    rich(
      undefined,
      paragraph(bold('Mended since it began:')),
      bullets([
        ...shown.map((finding) => namesOf(finding)),
        ...(hidden === 0 ? [] : [[`and ${plural(hidden, 'other')}`]]),
      ]),
    ),
  ];
}

function topicBlock({ name, title, lead }: Topic): KnownBlock {
  return rich(
    undefined,
    paragraph(bold(title)),
    paragraph(lead, ' More: ', code(`${slashCommand} explain ${name}`)),
  );
}

/** The beginning of a rule's id → the topic that tells what is behind it; the first that fits. */
const topicNames: readonly (readonly [start: string, topic: string])[] = [
  ['policy.max_age', 'max-age'],
  ['policy.testing-without-tlsrpt', 'tls-rpt'],
  ['policy.mode', 'rollout'],
  ['enforce.', 'rollout'],
  ['removal.', 'removal'],
  ['txt.absent', 'removal'],
  ['mx-change.', 'mx-change'],
  ['mx.', 'mx-change'],
  ['txt.id', 'mx-change'],
  ['policy.', 'hosting'],
  ['host.', 'hosting'],
  ['http.', 'hosting'],
  ['txt.', 'hosting'],
  ['smtp.', 'modes'],
  ['dane.', 'dane'],
  ['rpt.', 'tls-rpt'],
  ['sub.', 'subdomains'],
];

function topicsOf(findings: readonly { readonly id: string }[]): readonly Topic[] {
  const names = findings.flatMap(({ id }) => topicNames.find(([start]) => id.startsWith(start))?.[1] ?? []);
  return [...new Set(names)].slice(0, topicsShown).flatMap((name) => findTopic(name) ?? []);
}
