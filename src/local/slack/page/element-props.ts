/** What the interactive elements of elements.ts and choices.ts have in common: where they stand and what they hold. */
import { asText, type Json } from './json.ts';
import type { InputValue } from './protocol.ts';
import type { Surface } from './surface.ts';

/** One element and where it stands. */
export interface ElementProps {
  readonly surface: Surface;
  readonly blockId: string;
  readonly element: Json;
  /** In an input block: the bot hears of a change only when the block says so. */
  readonly dispatches: boolean;
  /** Names the control where no label stands beside it. */
  readonly label?: string | undefined;
  /** Ids of the hint and the error. */
  readonly describedBy?: string | undefined;
  readonly invalid?: boolean;
  readonly required?: boolean;
}

/** Of an element in an actions block, which has neither label nor placeholder. */
export const noLabel = 'Choice';

/** The id of an element's control, to which its label points. */
export function controlId(surface: Surface, blockId: string, element: Json): string {
  return `${surface.id}-${blockId}-${asText(element.action_id)}`;
}

/** What every control bears: its id, what describes it, and whether it is wrong. */
export function control({ surface, blockId, element, label, describedBy, invalid, required }: ElementProps) {
  return {
    id: controlId(surface, blockId, element),
    'data-action': asText(element.action_id),
    'aria-label': label,
    'aria-describedby': describedBy,
    'aria-invalid': invalid === true ? true : undefined,
    'aria-required': required === true ? true : undefined,
  };
}

export function heldValue({ surface, blockId, element }: ElementProps): InputValue | undefined {
  return surface.values[blockId]?.[asText(element.action_id)];
}

/** Enters the value, and tells the bot where it wants to hear of it. */
export function choose(props: ElementProps, value: InputValue): void {
  const before = heldValue(props);
  props.surface.change(props.blockId, asText(props.element.action_id), value);
  if (props.dispatches) props.surface.act(props.blockId, props.element, value, before);
}
