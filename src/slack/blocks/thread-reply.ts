/** What the thread of an incident's card is told by one change: what came, what was mended, who took it. PURE. */
import type { KnownBlock, RichTextElement } from '@slack/types';
import { displayDomain } from '../../protocol/domain.ts';
import type { Incident } from '../../store/shapes.ts';
import type { IncidentEntry, IncidentFinding, MendedFinding } from '../../watch/incident-shapes.ts';
import { lasted, namesOf } from './alert-message.ts';
import { findingBlock, findingText, groupFindings } from './finding-blocks.ts';
import {
  bold,
  bullets,
  date,
  escapeMrkdwn,
  type Message,
  paragraph,
  person,
  plainContext,
  plural,
  rich,
  spoken,
  visibleLine,
} from './pieces.ts';

export interface Change {
  readonly incident: Incident;
  readonly at: Date;
}

/** New findings are told like those of the card; of more than that the rest is in Explain. */
const addedShown = 3;
/** Of what is only named. */
const namesShown = 5;
/** With the names of two other lists at their longest it is less than Slack's 13,200. */
const findingsCharsMax = 5000;
const textCharsMax = 3900;

/** One reply for all entries of a change, in their order. */
export function threadReply(entries: readonly IncidentEntry[], change: Change): Message {
  const parts = entries.map((entry) => partOf(entry, change));
  let text = '';
  for (const part of parts.flatMap((each) => each.lines)) {
    if (text.length + part.length + 2 > textCharsMax) {
      text = `${text}\n\nThere is more: Explain on the card tells all.`;
      break;
    }
    text = text === '' ? part : `${text}\n\n${part}`;
  }
  return { text, blocks: parts.flatMap(({ blocks }) => blocks) };
}

interface Part {
  readonly blocks: readonly KnownBlock[];
  /** Escaped. */
  readonly lines: readonly string[];
}

function partOf(entry: IncidentEntry, { incident, at }: Change): Part {
  switch (entry.kind) {
    case 'added':
      return added(entry.findings);
    case 'mended': {
      const lead = `Mended: ${plural(entry.findings.length, 'finding')}`;
      return named(
        lead,
        entry.findings,
        ({ since, mendedAt }: MendedFinding) => `, after ${lasted(new Date(since), new Date(mendedAt))}`,
      );
    }
    case 'sustained': {
      const lead = `Still so: ${plural(entry.findings.length, 'finding')}`;
      return named(lead, entry.findings, ({ since }) => `, for ${lasted(new Date(since), at)} now`);
    }
    case 'acknowledged':
      return said(person(entry.by), ' acknowledged this.');
    case 'snoozed':
      return said(
        person(entry.by),
        ' snoozed this until ',
        date(new Date(entry.until)),
        '. Until then only the card changes, unless there is a new error.',
      );
    case 'closed':
      return said(
        bold('All is mended'),
        ` on ${displayDomain(incident.domain)} after ${lasted(incident.openedAt, incident.closedAt ?? at)}.`,
      );
  }
}

function said(...parts: readonly (string | RichTextElement)[]): Part {
  return { blocks: [rich(undefined, paragraph(...parts))], lines: [spoken(...parts)] };
}

function added(findings: readonly IncidentFinding[]): Part {
  const groups = groupFindings(findings);
  const lead = 'New since the last look:';
  const blocks: KnownBlock[] = [];
  let room = findingsCharsMax;
  for (const group of groups.slice(0, addedShown)) {
    const block = findingBlock(group, { brief: true });
    room -= JSON.stringify(block).length;
    if (room < 0) break;
    blocks.push(block);
  }
  const hidden = groups.slice(blocks.length).reduce((sum, { others }) => sum + 1 + others.length, 0);
  return {
    blocks: [
      rich(undefined, paragraph(bold(lead))),
      ...blocks,
      ...(hidden === 0 ? [] : [plainContext(`And ${hidden} more: Explain on the card tells all.`)]),
    ],
    lines: [lead, ...groups.map((group) => escapeMrkdwn(findingText(group, { brief: true })))],
  };
}

function named<F extends IncidentFinding>(
  lead: string,
  findings: readonly F[],
  more: (finding: F) => string,
): Part {
  const shown = findings.slice(0, namesShown);
  const hidden = findings.length - shown.length;
  return {
    blocks: [
      rich(
        undefined,
        paragraph(bold(lead)),
        bullets([
          ...shown.map((finding) => [...namesOf(finding), more(finding)]),
          ...(hidden === 0 ? [] : [[`and ${plural(hidden, 'other')}`]]),
        ]),
      ),
    ],
    lines: [
      escapeMrkdwn(
        [
          lead,
          ...findings.map(
            (finding) => `${visibleLine(finding.title)} (${visibleLine(finding.subject)})${more(finding)}`,
          ),
        ].join('\n'),
      ),
    ],
  };
}
