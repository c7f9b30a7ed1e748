/** The beginning of a conversation: what it is, and for a newcomer the first thing to do. */

import type { Command } from './completion.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageConversation, PageState } from './protocol.ts';

export interface WelcomeProps {
  readonly conversation: PageConversation;
  readonly commands: readonly Command[];
  readonly scenarios: PageState['scenarios'];
  /** The app has not said anything here yet. */
  readonly untried: boolean;
  readonly onTry: (text: string) => void;
}

/** How many domains the first hint names; the panel lists all. */
const hinted = 4;

const kinds = {
  channel: { icon: 'hash', lead: 'A public channel: everyone in the workspace can read it.' },
  private: { icon: 'lock', lead: 'A private channel: only its members can read it.' },
  dm: { icon: 'mail', lead: 'A conversation between the two of you.' },
} as const;

export function Welcome({ conversation, commands, scenarios, untried, onTry }: WelcomeProps): Drawn {
  const kind = kinds[conversation.kind];
  const command = commands[0]?.command;
  const domain = scenarios[0]?.domain;
  const sign = conversation.kind === 'channel' ? '#' : '';
  return h(
    'div',
    { class: 'welcome' },
    h('span', { class: 'welcome-icon' }, icon(kind.icon)),
    h('h2', null, `${sign}${conversation.name}`),
    h('p', null, kind.lead),
    command === undefined || domain === undefined || conversation.archived || !untried
      ? null
      : h(
          'div',
          { class: 'hint-card' },
          h(
            'p',
            null,
            'Type ',
            h('kbd', null, `${command} ${domain}`),
            ' and press ',
            h('kbd', null, 'Enter'),
            '.',
          ),
          h(
            'p',
            { class: 'hint' },
            'The form opens, filled from the DNS of this machine. Or start with another domain:',
          ),
          h(
            'div',
            { class: 'chips' },
            scenarios.slice(0, hinted).map((scenario) =>
              h(
                'button',
                {
                  type: 'button',
                  class: 'chip',
                  title: scenario.title,
                  onClick: () => onTry(`${command} ${scenario.domain}`),
                },
                scenario.domain,
              ),
            ),
          ),
          h(
            'p',
            { class: 'hint' },
            'Domains, at the top, lists one domain for each fault that a check can find.',
          ),
        ),
  );
}
