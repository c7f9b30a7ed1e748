/**
 * What a block needs to be used: the values of its inputs and the way to tell the bot. A surface is one message,
 * one view or the App Home; the values themselves follow inputs.ts.
 */
import { createContext } from 'preact';
import { useContext, useReducer, useRef } from 'preact/hooks';
import { keepInputs, withInput } from './inputs.ts';
import { asRecord } from './json.ts';
import type {
  ActionAnswer,
  BlockJson,
  Container,
  InputValue,
  InputValues,
  PageConversation,
  PersonAction,
} from './protocol.ts';

/** What the elements of a surface can do. */
export interface Surface {
  /** Unique on the page; the beginning of the ids of its elements. */
  readonly id: string;
  readonly values: InputValues;
  /** block_id → what is wrong there. */
  readonly errors: Readonly<Record<string, string>>;
  /** Keys (see `elementKey`) of what was pressed and is not answered yet. */
  readonly busy: ReadonlySet<string>;
  /** Enters a value without telling the bot. */
  change(blockId: string, actionId: string, value: InputValue): void;
  /** Tells the bot, after the element's confirm dialog if it has one; who denies that gets the value back from before. */
  act(blockId: string, element: unknown, value?: InputValue, before?: InputValue): void;
}

/** What the whole page offers to its surfaces. */
export interface Room {
  readonly me: string;
  readonly conversations: readonly PageConversation[];
  send(action: PersonAction): Promise<ActionAnswer>;
  /** Asks with a dialog; true when the person agreed. */
  confirm(question: unknown): Promise<boolean>;
  /** To a conversation by its id, or `home`. */
  go(place: string): void;
}

export const RoomContext = createContext<Room>({
  me: '',
  conversations: [],
  send: async () => ({ ok: false, note: '' }),
  confirm: async () => false,
  go: () => {},
});

export function elementKey(blockId: string, actionId: string): string {
  return `${blockId} ${actionId}`;
}

export interface HeldSurface extends Surface {
  /** The values as they stand now, also between two drawings. */
  current(): InputValues;
}

/** Keeps the inputs of one container while its blocks change under it. */
export function useSurface(id: string, container: Container, blocks: readonly BlockJson[]): HeldSurface {
  const room = useContext(RoomContext);
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const held = useRef({ blocks, values: keepInputs({}, blocks), busy: new Set<string>() }).current;
  if (held.blocks !== blocks) {
    held.blocks = blocks;
    held.values = keepInputs(held.values, blocks);
  }

  const change: Surface['change'] = (blockId, actionId, value) => {
    held.values = withInput(held.values, blockId, actionId, value);
    redraw(undefined);
  };
  const act = async (
    blockId: string,
    element: unknown,
    value?: InputValue,
    before?: InputValue,
  ): Promise<void> => {
    const { action_id: actionId, confirm } = asRecord(element);
    if (typeof actionId !== 'string') return;
    const key = elementKey(blockId, actionId);
    if (held.busy.has(key)) return;
    if (confirm !== undefined && !(await room.confirm(confirm))) {
      if (before !== undefined) change(blockId, actionId, before);
      return;
    }
    held.busy = new Set([...held.busy, key]);
    redraw(undefined);
    await room.send({
      kind: 'act',
      user: room.me,
      container,
      blockId,
      actionId,
      ...(value === undefined ? {} : { value }),
      ...(container.kind === 'message' ? {} : { inputs: held.values }),
    });
    held.busy = new Set([...held.busy].filter((other) => other !== key));
    redraw(undefined);
  };

  return {
    id,
    values: held.values,
    errors: {},
    busy: held.busy,
    current: () => held.values,
    change,
    act: (blockId, element, value, before) => void act(blockId, element, value, before),
  };
}
