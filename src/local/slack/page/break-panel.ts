/** What can be made to go wrong, how the bot is reached, and the way back to the start. */

import { Fragment } from 'preact';
import { useContext } from 'preact/hooks';
import { faultCount } from './domains-panel.ts';
import { FaultSwitch } from './fault-switch.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { still } from './still.ts';
import { RoomContext } from './surface.ts';

export interface BreakPanelProps extends Pick<PageState, 'faults' | 'switches' | 'machine' | 'transport'> {
  readonly onDomains: () => void;
}

export const BreakPanel = still(
  ({ faults, switches, machine, transport, onDomains }: BreakPanelProps): Drawn => {
    const room = useContext(RoomContext);
    const reset = async (): Promise<void> => {
      const agreed = await room.confirm({
        title: { type: 'plain_text', text: 'Start over?' },
        text: {
          type: 'plain_text',
          text: 'All messages, forms and faults of this workspace and its domains go back to how they were at the start. What the bot has stored stays.',
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
        faults.map((fault) =>
          h(FaultSwitch, {
            key: fault.id,
            fault,
            onSwitch: (on) => void room.send({ kind: 'fault', id: fault.id, on }),
          }),
        ),
      ),
      machine === null ? null : h(Machine, { machine }),
      switches.length === 0 ? null : h(BrokenDomains, { switches, onDomains }),
      h('h3', null, 'How Slack reaches the bot'),
      h(
        'div',
        { class: 'segments', role: 'group', 'aria-label': 'How Slack reaches the bot' },
        (['socket', 'http', 'oauth'] as const).map((name) =>
          h(
            'button',
            {
              type: 'button',
              'aria-pressed': transport === name,
              onClick: () => void room.send({ kind: 'transport', transport: name }),
            },
            transports[name].label,
          ),
        ),
      ),
      h('p', { class: 'hint' }, transports[transport].hint),
      h('h3', null, 'Start over'),
      h(
        'button',
        { type: 'button', class: 'button danger-quiet', onClick: () => void reset() },
        icon('undo'),
        'Reset the workspace',
      ),
    );
  },
);

const transports = {
  socket: {
    label: 'Socket Mode',
    hint: 'The bot opens a WebSocket to Slack and needs no public address.',
  },
  http: {
    label: 'Signed HTTP',
    hint: 'Slack posts signed requests to the bot. Switching starts the bot again.',
  },
  oauth: {
    label: 'Many workspaces',
    hint: 'Signed HTTP, with two workspaces that each install the app over OAuth. Switching starts the bot again.',
  },
} as const;

/** The bot's process and its store. */
function Machine({ machine }: { readonly machine: NonNullable<PageState['machine']> }): Drawn {
  const room = useContext(RoomContext);
  const { storePaused } = machine;
  return h(
    Fragment,
    null,
    h('h3', null, 'The bot itself'),
    storePaused === null
      ? null
      : h(
          'ul',
          { class: 'faults' },
          h(FaultSwitch, {
            fault: {
              id: 'store-away',
              title: 'The store is away',
              description: 'Its PostgreSQL stands still: connections stay open and nothing is answered.',
              on: storePaused,
            },
            onSwitch: (on) => void room.send({ kind: 'pause-store', on }),
          }),
        ),
    h(
      'button',
      { type: 'button', class: 'button danger-quiet', onClick: () => void room.send({ kind: 'kill-bot' }) },
      icon('bolt'),
      'Kill the bot',
    ),
    h('p', { class: 'hint' }, 'Without a warning (SIGKILL). It starts again by itself.'),
  );
}

function BrokenDomains({ switches, onDomains }: Pick<BreakPanelProps, 'switches' | 'onDomains'>): Drawn {
  const broken = switches.filter(({ on }) => on).length;
  const domains = [...new Set(switches.map(({ domain }) => domain))];
  return h(
    Fragment,
    null,
    h('h3', null, 'Domains'),
    h('button', { type: 'button', class: 'button', onClick: onDomains }, icon('globe'), 'Break a domain…'),
    h(
      'p',
      { class: 'hint' },
      `${domains.join(' and ')} can be broken and mended while everything runs: ${
        broken === 0 ? 'nothing is broken now' : `${faultCount(broken)} on now`
      }.`,
    ),
  );
}
