/** A topic as a message, with its sources; the texts themselves are in topics/. */
import type { RichTextBlock } from '@slack/types';
import { quote } from '../../protocol/characters.ts';
import { findTopic, nearestTopic, topics } from '../topics/index.ts';
import type { Topic, TopicPart } from '../topics/topic.ts';
import { topicList } from './help-message.ts';
import { bold, box, escapeMrkdwn, header, type Message, paragraph, rich, sources } from './pieces.ts';

/** The answer to `explain <word>`: the topic, or for an unknown or absent word the list of topics. */
export function explainAnswer(word: string | undefined): Message {
  const topic = word === undefined ? undefined : findTopic(word);
  return topic === undefined ? topicsMessage(word) : explainMessage(topic);
}

function explainMessage(topic: Topic): Message {
  return {
    text: [
      topic.title,
      topic.lead,
      ...topic.parts.map(partText),
      `Sources: ${topic.cites.map(({ label }) => label).join(', ')}`,
    ]
      .map(escapeMrkdwn)
      .join('\n\n'),
    blocks: [
      header(topic.title),
      rich(undefined, paragraph(bold(topic.lead.replaceAll('`', '')))),
      ...topic.parts.map(partBlock),
      ...(topic.cites.length === 0 ? [] : [sources(topic.cites)]),
    ],
  };
}

function topicsMessage(word: string | undefined): Message {
  const lines =
    word === undefined
      ? ['Name a topic, such as `/mta-sts explain mx-change`.']
      : [`There is no topic ${quote(word)}.`, `Perhaps \`/mta-sts explain ${nearestTopic(word)}\`?`];
  const names = topics.map(({ name, title }) => `${name}: ${title}`);
  return {
    text: escapeMrkdwn([lines.join(' '), ...names].join('\n')),
    blocks: [rich(undefined, paragraph(lines.join(' '))), topicList('Topics: ')],
  };
}

const notTried = 'Not tried by us; it follows the documentation of its maker.';

function partText(part: TopicPart): string {
  if ('text' in part) return part.text;
  return `${part.caption}${part.tried ? '' : ` (${notTried})`}\n${part.code}`;
}

function partBlock(part: TopicPart): RichTextBlock {
  if ('text' in part) return rich(undefined, paragraph(part.text));
  const note = part.tried ? [] : [` ${notTried}`];
  // "nginx: in the server block of …": the name is what the eye looks for, the rest is read.
  const [name = '', rest = ''] = part.caption.split(/(?<=:)(?= )(.*)/s);
  return rich(undefined, paragraph(bold(name), rest, ...note), box(part.code));
}
