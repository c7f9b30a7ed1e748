/** The right side: the lab around the chat, which Slack itself does not have. */

import type { TargetedKeyboardEvent } from 'preact';
import { useCallback } from 'preact/hooks';
import { BreakPanel } from './break-panel.ts';
import { DomainsPanel } from './domains-panel.ts';
import { type Drawn, h } from './h.ts';
import { type IconName, icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { WirePanel } from './wire-panel.ts';

export const panels = {
  domains: { label: 'Domains', icon: 'globe' },
  wire: { label: 'Wire', icon: 'pulse' },
  break: { label: 'Break something', icon: 'lab' },
} as const satisfies Record<string, { readonly label: string; readonly icon: IconName }>;

export type PanelName = keyof typeof panels;
export const panelNames = Object.keys(panels) as readonly PanelName[];

export interface PanelProps {
  readonly name: PanelName;
  readonly state: PageState;
  readonly onClose: () => void;
  readonly onTry: (text: string) => void;
  readonly onPanel: (name: PanelName) => void;
}

export function Panel({ name, state, onClose, onTry, onPanel }: PanelProps): Drawn {
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    if (event.key !== 'Escape') return;
    onClose();
    document.querySelector<HTMLElement>(`[data-panel="${name}"]`)?.focus();
  };
  const toDomains = useCallback(() => onPanel('domains'), []);
  return h(
    'aside',
    { class: 'panel', id: 'panel', 'aria-label': panels[name].label, onKeyDown },
    h(
      'header',
      { class: 'panel-head' },
      icon(panels[name].icon),
      h('h2', null, panels[name].label),
      h(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          title: 'Close',
          'aria-label': `Close ${panels[name].label}`,
          onClick: onClose,
        },
        icon('close'),
      ),
    ),
    name === 'wire' ? h(WirePanel, { wire: state.wire }) : null,
    name === 'domains'
      ? h(DomainsPanel, {
          scenarios: state.scenarios,
          switches: state.switches,
          command: state.commands[0],
          onTry,
        })
      : null,
    name === 'break' ? h(BreakPanel, { ...breakable(state), onDomains: toDomains }) : null,
  );
}

function breakable({ faults, switches, machine, transport }: PageState) {
  return { faults, switches, machine, transport };
}
