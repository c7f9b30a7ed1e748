/** Where the buttons and options stand that a person of the tests names by their words. Pure. */
import { isJson, type Json } from './json.ts';
import { optionsOf } from './page/inputs.ts';
import type { BlockJson, InputValue } from './page/protocol.ts';

/** Where an element stands in its message or view. */
export interface Place {
  readonly blockId: string;
  readonly actionId: string;
}

function elementsOf(blocks: readonly BlockJson[]): (Place & { readonly element: Json })[] {
  return blocks.flatMap((block) =>
    [block.elements, block.accessory, block.element].flat().flatMap((element) => {
      if (!isJson(element) || typeof element.action_id !== 'string' || block.block_id === undefined)
        return [];
      return [{ blockId: block.block_id, actionId: element.action_id, element }];
    }),
  );
}

/** A button by its text, its action_id, or how its text begins. */
export function findButton(blocks: readonly BlockJson[], wanted: string): Place {
  const buttons = elementsOf(blocks).flatMap(({ element, ...at }) =>
    element.type === 'button' ? [{ ...at, text: (element.text as { text: string }).text }] : [],
  );
  const found =
    buttons.find(({ text, actionId }) => text === wanted || actionId === wanted) ??
    buttons.find(({ text }) => text.startsWith(wanted));
  if (found !== undefined) return { blockId: found.blockId, actionId: found.actionId };
  throw new Error(
    `There is no button "${wanted}". There are: ${buttons.map(({ text }) => text).join(', ') || 'none'}.`,
  );
}

/** An option by its text or value. An overflow menu's choice comes in the shape of a select's, as the page sends it. */
export function findOption(
  blocks: readonly BlockJson[],
  wanted: string,
): Place & { readonly value: InputValue } {
  const offered = elementsOf(blocks).flatMap(({ element, ...at }) => {
    if (element.type !== 'overflow' && element.type !== 'static_select' && element.type !== 'radio_buttons')
      return [];
    const type = element.type === 'overflow' ? 'static_select' : element.type;
    return optionsOf(element).map((option) => ({
      ...at,
      option,
      value: { type, selected_option: option } as const,
    }));
  });
  const found = offered.find(({ option }) => option.text.text === wanted || option.value === wanted);
  if (found !== undefined) return { blockId: found.blockId, actionId: found.actionId, value: found.value };
  throw new Error(
    `There is no option "${wanted}". There are: ${offered.map(({ option }) => option.text.text).join(', ') || 'none'}.`,
  );
}
