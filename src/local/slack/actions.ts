/** The interactive elements of blocks, and what Slack says to the bot when a person uses one. Pure. */
import { isJson, type Json } from './json.ts';
import type { BlockJson, InputValue } from './page/protocol.ts';

/** The element with this action_id in this block; undefined when there is none. */
export function findElement(
  blocks: readonly BlockJson[],
  blockId: string,
  actionId: string,
): Json | undefined {
  const block = blocks.find(({ block_id }) => block_id === blockId);
  if (block === undefined) return undefined;
  const within = [block.element, block.accessory, block.elements].flat();
  return within.find((element): element is Json => isJson(element) && element.action_id === actionId);
}

/** One entry of `actions` in block_actions; undefined when the value does not fit the element. */
export function actionOf(element: Json, blockId: string, value: InputValue | undefined): Json | undefined {
  const { type, action_id } = element;
  const told = { type, action_id, block_id: blockId };
  if (type === 'button' || type === 'workflow_button') {
    const { text, value: pressed, style, url } = element;
    return { ...told, text, ...defined({ value: pressed, style, url }) };
  }
  if (value === undefined) return undefined;
  // An overflow menu has no state of its own; its choice comes in the shape of a select's.
  if (type === 'overflow') return 'selected_option' in value ? { ...told, ...value, type } : undefined;
  if (value.type !== type) return undefined;
  const { placeholder, initial_option, initial_time, initial_conversation } = element;
  return {
    ...told,
    ...defined({ placeholder, initial_option, initial_time, initial_conversation }),
    ...value,
  };
}

function defined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
