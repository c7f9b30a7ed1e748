/** What the app can do, and what to type: for help, for a wrong word, and for App Home. */
import type { HomeView, KnownBlock, RichTextBlock } from '@slack/types';
import { type CommandProblem, slashCommand, usages } from '../command.ts';
import { actionIds } from '../ids.ts';
import { topics } from '../topics/index.ts';
import {
  actions,
  bullets,
  button,
  code,
  context,
  escapeMrkdwn,
  header,
  type Message,
  paragraph,
  rich,
} from './pieces.ts';

const whatThisIs =
  'MTA-STS asks senders to use verified TLS for mail to your domain. This app writes the TXT record and the policy file for a domain, in the order in which to publish them, and checks what is published.';
const privacy = 'What you make is private until you share it.';

/** `/mta-sts help` */
export function helpMessage(): Message {
  return {
    text: `${escapeMrkdwn(whatThisIs)} ${privacy}\n${usageText()}\nTopics: ${topicNames().join(', ')}`,
    blocks: [
      rich(undefined, paragraph(`${whatThisIs} ${privacy}`)),
      usageList(),
      topicList('Topics to explain: '),
      actions('help.start', startButton(), checkButton()),
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

/** App Home. */
export function homeView(): HomeView {
  const blocks: KnownBlock[] = [
    header('MTA-STS policies, written, checked and explained'),
    rich(
      undefined,
      paragraph(
        'Without MTA-STS, mail to your domain can be read or diverted on its way: TLS between mail servers is optional, and senders do not check whom they talk to. With it, senders that support it use TLS and check the certificate of your MX hosts.',
      ),
    ),
    actions('home.start', startButton(), checkButton()),
    rich(
      undefined,
      paragraph('The form reads your MX from DNS. You get, ready to copy and in publishing order:'),
      bullets([
        ['the policy file that ', code('mta-sts.'), ' your domain serves over HTTPS'],
        ['the TXT record that tells senders of it, with a fresh id for each change'],
        ['the TLS-RPT record, so that senders report how TLS went'],
      ]),
    ),
    rich(
      undefined,
      paragraph(
        'The check looks at what a domain has published, as a sender would. You get the verdict, what a sender would do at each MX host, and for each fault the exact text to publish instead.',
      ),
    ),
    header('What to type, in any conversation'),
    usageList(),
    topicList('Topics to explain: '),
    context(`${privacy} The rules are those of RFC 8461 (MTA-STS) and RFC 8460 (TLS-RPT).`),
  ];
  return { type: 'home', blocks };
}

/** The topics by name, each as code. */
export function topicList(lead: string): RichTextBlock {
  const names = topicNames().flatMap((name, at) => (at === 0 ? [code(name)] : [' · ', code(name)]));
  return rich(undefined, paragraph(lead, ...names));
}

function topicNames(): readonly string[] {
  return topics.map(({ name }) => name);
}

function usageList(): RichTextBlock {
  return rich(undefined, bullets(usages.map(({ typed, does }) => [code(typed), ` ${does}`])));
}

function usageText(): string {
  return usages.map(({ typed, does }) => `${typed} ${does}`).join('\n');
}

function startButton() {
  return button(actionIds.start, 'Make a policy', `opens the form, as ${slashCommand} does`, {
    style: 'primary',
  });
}

function checkButton() {
  return button(actionIds.startCheck, 'Check a domain', `asks for it, as ${slashCommand} check does`);
}
