/** What the app can do, and what to type: for help and for a wrong word; App Home says the same. */
import type { Button, RichTextBlock } from '@slack/types';
import { type CommandProblem, slashCommand, usages } from '../command.ts';
import { actionIds } from '../ids.ts';
import { topics } from '../topics/index.ts';
import { actions, bullets, button, code, escapeMrkdwn, type Message, paragraph, rich } from './pieces.ts';

const whatThisIs =
  'MTA-STS asks senders to use verified TLS for mail to your domain. This app writes the TXT record and the policy file for a domain, in the order in which to publish them, checks what is published, and watches it.';
export const privacy = 'What you make is private until you share it; a watch posts where you choose.';

/** `/mta-sts help` */
export function helpMessage(): Message {
  return {
    text: `${escapeMrkdwn(whatThisIs)} ${privacy}\n${usageText()}\nTopics: ${topicNames().join(', ')}`,
    blocks: [
      rich(undefined, paragraph(`${whatThisIs} ${privacy}`)),
      usageList(),
      topicList('Topics to explain: '),
      actions('help.start', startButton(), checkButton(), watchButton()),
    ],
  };
}

/** A wrong word: what is wrong, what was most likely meant, and all that works. */
export function usageMessage({ message, nearest }: CommandProblem): Message {
  const hint = nearest === undefined ? [] : [`Perhaps \`${nearest}\`?`];
  return {
    text: `${escapeMrkdwn([message, ...hint].join(' '))}\n${usageText()}`,
    blocks: [rich(undefined, paragraph([message, ...hint].join(' '))), usageList()],
  };
}

/** The topics by name, each as code. */
export function topicList(lead: string): RichTextBlock {
  const names = topicNames().flatMap((name, at) => (at === 0 ? [code(name)] : [' · ', code(name)]));
  return rich(undefined, paragraph(lead, ...names));
}

function topicNames(): readonly string[] {
  return topics.map(({ name }) => name);
}

/** Every command and what it does. */
export function usageList(): RichTextBlock {
  return rich(undefined, bullets(usages.map(({ typed, does }) => [code(typed), ` ${does}`])));
}

function usageText(): string {
  return usages.map(({ typed, does }) => `${typed} ${does}`).join('\n');
}

export function startButton(): Button {
  return button(actionIds.start, 'Make a policy', `opens the form, as ${slashCommand} does`, {
    style: 'primary',
  });
}

export function checkButton(): Button {
  return button(actionIds.startCheck, 'Check a domain', `asks for it, as ${slashCommand} check does`);
}

export function watchButton(): Button {
  return button(actionIds.homeWatch, 'Watch a domain', `asks for it, as ${slashCommand} watch does`);
}
