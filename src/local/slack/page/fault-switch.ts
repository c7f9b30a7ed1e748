/** A switch for something that can be made to go wrong: what it is, what it does, and whether it is on. */
import { type Drawn, h } from './h.ts';
import type { PageFault } from './protocol.ts';

export interface FaultSwitchProps {
  readonly fault: PageFault;
  readonly onSwitch: (on: boolean) => void;
}

export function FaultSwitch({ fault, onSwitch }: FaultSwitchProps): Drawn {
  const about = `fault-${fault.id.replaceAll(/[^a-z0-9]/g, '-')}`;
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
        h('span', { id: about }, fault.description),
      ),
      h('input', {
        type: 'checkbox',
        role: 'switch',
        checked: fault.on,
        'aria-describedby': about,
        onChange: (event) => onSwitch(event.currentTarget.checked),
      }),
    ),
  );
}
