/** What can be made to go wrong, how the bot is reached, and the way back to the start. */

import { useContext } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageFault, PageState } from './protocol.ts';
import { still } from './still.ts';
import { RoomContext } from './surface.ts';

export const BreakPanel = still(({ faults, transport }: Pick<PageState, 'faults' | 'transport'>): Drawn => {
  const room = useContext(RoomContext);
  const reset = async (): Promise<void> => {
    const agreed = await room.confirm({
      title: { type: 'plain_text', text: 'Start over?' },
      text: {
        type: 'plain_text',
        text: 'All messages, forms and faults of this workspace go back to how they were at the start.',
      },
      confirm: { type: 'plain_text', text: 'Start over' },
      deny: { type: 'plain_text', text: 'Keep everything' },
      style: 'danger',
    });
    if (agreed) await room.send({ kind: 'reset' });
  };
  return h(
    'div',
    { class: 'panel-scroll' },
    h('p', { class: 'panel-lead' }, 'Make Slack fail, and see what the bot does about it.'),
    h(
      'ul',
      { class: 'faults' },
      faults.map((fault) => h(FaultSwitch, { key: fault.id, fault })),
    ),
    h('h3', null, 'How Slack reaches the bot'),
    h(
      'div',
      { class: 'segments', role: 'group', 'aria-label': 'How Slack reaches the bot' },
      (['socket', 'http'] as const).map((name) =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': transport === name,
            onClick: () => void room.send({ kind: 'transport', transport: name }),
          },
          name === 'socket' ? 'Socket Mode' : 'Signed HTTP',
        ),
      ),
    ),
    h(
      'p',
      { class: 'hint' },
      transport === 'socket'
        ? 'The bot opens a WebSocket to Slack and needs no public address.'
        : 'Slack posts signed requests to the bot. Switching starts the bot again.',
    ),
    h('h3', null, 'Start over'),
    h(
      'button',
      { type: 'button', class: 'button danger-quiet', onClick: () => void reset() },
      icon('undo'),
      'Reset the workspace',
    ),
  );
});

function FaultSwitch({ fault }: { readonly fault: PageFault }): Drawn {
  const room = useContext(RoomContext);
  return h(
    'li',
    null,
    h(
      'label',
      { class: 'switch' },
      h(
        'span',
        { class: 'switch-text' },
        h('strong', null, fault.title),
        h('span', { id: `fault-${fault.id}` }, fault.description),
      ),
      h('input', {
        type: 'checkbox',
        role: 'switch',
        checked: fault.on,
        'aria-describedby': `fault-${fault.id}`,
        onChange: (event) => void room.send({ kind: 'fault', id: fault.id, on: event.currentTarget.checked }),
      }),
    ),
  );
}
