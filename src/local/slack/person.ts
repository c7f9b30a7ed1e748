/**
 * A person who uses the workspace in tests, through the same state and actions as the page: reads what is shown,
 * types, presses, sends. Waits end with the change they wait for; a deadline says what was seen instead.
 */
import {
  type Input,
  initialInputs,
  inputsOf,
  keepInputs,
  optionsOf,
  refusedInputs,
  withInput,
} from './page/inputs.ts';
import type {
  ActionAnswer,
  BlockJson,
  ChannelChange,
  Container,
  InputValue,
  InputValues,
  OptionJson,
  PageConversation,
  PageMessage,
  PageState,
  PageView,
  PersonAction,
} from './page/protocol.ts';
import { findButton, findOption, type Place } from './person-finds.ts';

/** Longer than Slack waits for a bot, so that a bot that is late is told as such. */
const deadlineMs = 15_000;

export interface Person {
  readonly id: string;
  state(): PageState;
  /** Waits for what `look` finds in the state; `what` names it when it does not come. */
  until<Found>(
    what: string,
    look: (state: PageState) => Found | undefined,
    timeoutMs?: number,
  ): Promise<Found>;

  /** A conversation by `#name`, by name, or `@name` for a direct message. */
  conversation(name: string): PageConversation;
  messages(conversation: string): readonly PageMessage[];
  /** Waits for a message whose texts, blocks included, contain this; the newest of several. */
  message(conversation: string, containing: string | RegExp, timeoutMs?: number): Promise<PageMessage>;

  /** Types in the composer and sends: text, or a command; the answer is Slack's note about it. */
  command(conversation: string, text: string): Promise<ActionAnswer>;
  shortcut(callbackId: string): Promise<ActionAnswer>;
  /** Opens the App Home, without waiting for the bot. */
  openHome(): Promise<ActionAnswer>;
  /** Opens the App Home and waits until the bot has published one. */
  home(): Promise<NonNullable<PageState['home']>>;

  /** The modal on top, now. */
  readonly view: PageView | undefined;
  /** Waits for a modal on top with this title, or with this anywhere in it. */
  modal(containing?: string | RegExp, timeoutMs?: number): Promise<PageView>;
  /** Waits until no modal is open. */
  noModal(timeoutMs?: number): Promise<void>;
  /** What the field with this label, block_id prefix or action_id holds in the top modal. */
  value(field: string): InputValue;
  /** The value as a text: typed text, option values joined by commas, or a conversation's id. */
  text(field: string): string;
  /** Types in a field; tells the bot when the field dispatches each character. */
  type(field: string, text: string): Promise<void>;
  /** Presses Enter in a field; tells the bot when the field dispatches on Enter. */
  enter(field: string): Promise<ActionAnswer>;
  /** Chooses options by text or value, a conversation by name, or a time (`HH:mm`); none clears the field. */
  choose(field: string, ...options: readonly string[]): Promise<ActionAnswer>;
  /**
   * Presses a button by its text or action_id: in the top modal, or in the message or home given. Of several alike,
   * the first one beside or below the block that contains `near`.
   */
  press(button: string, where?: PageMessage | 'home', near?: string): Promise<ActionAnswer>;
  /** Picks an option by its text or value in an overflow menu, a select or radio buttons; found as with `press`. */
  pick(option: string, where?: PageMessage | 'home', near?: string): Promise<ActionAnswer>;
  /** Archives a channel or brings it back, adds the app or removes it. */
  change(channel: string, change: ChannelChange): Promise<ActionAnswer>;
  /** Sends the top modal. */
  submit(): Promise<ActionAnswer>;
  /** Closes the top modal. */
  close(): Promise<ActionAnswer>;
  /** block_id → what is wrong, in the top modal; empty without one. */
  errors(): Readonly<Record<string, string>>;
}

export function createPerson(options: {
  userId: string;
  state: () => PageState;
  act: (action: PersonAction) => Promise<ActionAnswer>;
  subscribe: (listener: () => void) => () => void;
}): Person {
  const { userId: user, state, act, subscribe } = options;
  const entered = new Map<string, InputValues>();

  /** As the page does after each change: what was entered in each open view, kept where Slack keeps it. */
  const follow = (): void => {
    const { views } = state();
    for (const id of entered.keys()) if (!views.some((view) => view.id === id)) entered.delete(id);
    for (const { id, blocks } of views) {
      const before = entered.get(id);
      entered.set(id, before === undefined ? initialInputs(blocks) : keepInputs(before, blocks));
    }
  };
  subscribe(follow);
  follow();

  const top = (): PageView => {
    const view = state().views.at(-1);
    if (view === undefined) throw new Error(`No modal is open. ${seen(state())}`);
    return view;
  };
  const field = (name: string): Input => {
    const { blocks } = top();
    const inputs = inputsOf(blocks);
    const found =
      inputs.find(({ label }) => label === name) ??
      inputs.find(({ blockId, actionId }) => actionId === name || blockId.startsWith(name)) ??
      inputs.find(({ label }) => label.startsWith(name));
    if (found !== undefined) return found;
    const there = inputs.map(({ label, blockId }) => `${label || '(no label)'} [${blockId}]`).join(', ');
    throw new Error(`The modal has no field "${name}". It has: ${there || 'none'}.`);
  };
  const held = ({ blockId, actionId }: Input): InputValue => {
    const value = entered.get(top().id)?.[blockId]?.[actionId];
    if (value === undefined) throw new Error(`The field ${blockId} holds nothing.`);
    return value;
  };
  const set = ({ blockId, actionId }: Input, value: InputValue): void => {
    const { id } = top();
    entered.set(id, withInput(entered.get(id) ?? {}, blockId, actionId, value));
  };
  const dispatch = (input: Input): Promise<ActionAnswer> => {
    const { id } = top();
    return act({
      kind: 'act',
      user,
      container: { kind: 'view', viewId: id },
      blockId: input.blockId,
      actionId: input.actionId,
      value: held(input),
      inputs: entered.get(id) ?? {},
    });
  };

  const use = (container: Container, at: Place, value?: InputValue): Promise<ActionAnswer> => {
    const inputs = container.kind === 'view' ? entered.get(container.viewId) : undefined;
    return act({
      kind: 'act',
      user,
      container,
      ...at,
      ...(value === undefined ? {} : { value }),
      ...(inputs === undefined ? {} : { inputs }),
    });
  };

  const person: Person = {
    id: user,
    state,
    until: (what, look, timeoutMs = deadlineMs) =>
      new Promise((resolve, reject) => {
        const attempt = (): boolean => {
          const found = look(state());
          if (found === undefined) return false;
          unsubscribe();
          clearTimeout(timer);
          resolve(found);
          return true;
        };
        const unsubscribe = subscribe(attempt);
        const timer = setTimeout(() => {
          unsubscribe();
          reject(new Error(`${what}: not within ${timeoutMs} ms. ${seen(state())}`));
        }, timeoutMs);
        attempt();
      }),

    conversation(name) {
      const { conversations } = state();
      const found = conversations.find((each) =>
        name.startsWith('@')
          ? each.kind === 'dm' && each.name === name.slice(1)
          : each.kind !== 'dm' && each.name === name.replace(/^#/, ''),
      );
      if (found !== undefined) return found;
      throw new Error(
        `There is no ${name} here. There are: ${conversations.map((each) => each.name).join(', ')}.`,
      );
    },
    messages: (conversation) => person.conversation(conversation).messages,
    message: (conversation, containing, timeoutMs) =>
      person.until(
        `A message in ${conversation} with ${containing}`,
        () => person.messages(conversation).findLast((message) => contains(message, containing)),
        timeoutMs,
      ),

    command: (conversation, text) =>
      act({ kind: 'compose', user, conversation: person.conversation(conversation).id, text }),
    shortcut: (callbackId) => act({ kind: 'shortcut', user, callbackId }),
    openHome: () => act({ kind: 'open-home', user }),
    async home() {
      await person.openHome();
      return person.until('An App Home', ({ home }) => home ?? undefined);
    },

    get view() {
      return state().views.at(-1);
    },
    modal: (containing, timeoutMs) =>
      person.until(
        `A modal${containing === undefined ? '' : ` with ${containing}`}`,
        ({ views }) => {
          const view = views.at(-1);
          return view !== undefined && (containing === undefined || contains(view, containing))
            ? view
            : undefined;
        },
        timeoutMs,
      ),
    async noModal(timeoutMs) {
      await person.until('No modal', ({ views }) => views.length === 0 || undefined, timeoutMs);
    },
    value: (name) => held(field(name)),
    text(name) {
      const value = held(field(name));
      if ('value' in value) return value.value ?? '';
      if ('selected_option' in value) return value.selected_option?.value ?? '';
      if ('selected_options' in value) return value.selected_options.map((option) => option.value).join(',');
      if ('selected_time' in value) return value.selected_time ?? '';
      return value.selected_conversation ?? '';
    },
    async type(name, text) {
      const input = field(name);
      const value = held(input);
      if (!('value' in value)) throw new Error(`Nothing can be typed in "${name}", a ${value.type}.`);
      set(input, { ...value, value: text === '' ? null : text });
      if (input.dispatches && dispatchesOn(input, 'on_character_entered')) await dispatch(input);
    },
    async enter(name) {
      const input = field(name);
      if (!input.dispatches || !dispatchesOn(input, 'on_enter_pressed')) return { ok: true };
      return dispatch(input);
    },
    async choose(name, ...options) {
      const input = field(name);
      set(input, chosen(person, input, held(input), options));
      return input.dispatches ? dispatch(input) : { ok: true };
    },
    press(button, where, near) {
      const [container, blocks] = place(person, where);
      return use(container, findButton(below(blocks, near), button));
    },
    pick(option, where, near) {
      const [container, blocks] = place(person, where);
      const { value, ...found } = findOption(below(blocks, near), option);
      return use(container, found, value);
    },
    change: (channel, change) =>
      act({ kind: 'channel', user, conversation: person.conversation(channel).id, change }),
    async submit() {
      const { id, blocks } = top();
      const inputs = entered.get(id) ?? {};
      const refused = Object.entries(refusedInputs(blocks, inputs));
      if (refused.length > 0) throw new Error(`Slack does not send this form: ${JSON.stringify(refused)}`);
      return act({ kind: 'submit', user, viewId: id, inputs });
    },
    close: () => act({ kind: 'close', user, viewId: top().id }),
    errors: () => person.view?.errors ?? {},
  };
  return person;
}

/** Every text of a message or a view in reading order, one a line: what a person reads, without the JSON. */
export function textsOf(shown: unknown): string {
  const texts: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        if (typeof inner === 'string' && /^(text|title|url|name|initial_value)$/.test(key)) texts.push(inner);
        else walk(inner);
      }
  };
  walk(shown);
  return texts.join('\n');
}

function contains(shown: unknown, wanted: string | RegExp): boolean {
  const texts = textsOf(shown);
  return typeof wanted === 'string' ? texts.includes(wanted) : wanted.test(texts);
}

function dispatchesOn({ element }: Input, trigger: 'on_enter_pressed' | 'on_character_entered'): boolean {
  const config = element.dispatch_action_config as { trigger_actions_on?: readonly string[] } | undefined;
  return (config?.trigger_actions_on ?? ['on_enter_pressed']).includes(trigger);
}

function chosen(person: Person, input: Input, value: InputValue, names: readonly string[]): InputValue {
  if (value.type === 'conversations_select') {
    const [name] = names;
    return { ...value, selected_conversation: name === undefined ? null : person.conversation(name).id };
  }
  if (value.type === 'timepicker') return { ...value, selected_time: names[0] ?? null };
  const found = names.map((name) => {
    const offered = optionsOf(input.element);
    const option = offered.find((each) => each.text.text === name || each.value === name);
    if (option !== undefined) return option;
    throw new Error(
      `"${name}" is not offered. There are: ${offered.map((each) => each.text.text).join(', ')}.`,
    );
  });
  if ('selected_option' in value) return { ...value, selected_option: found[0] ?? null };
  if ('selected_options' in value) return { ...value, selected_options: found satisfies OptionJson[] };
  throw new Error(`Nothing can be chosen in ${input.blockId}, a ${value.type}.`);
}

function place(person: Person, where: PageMessage | 'home' | undefined): [Container, readonly BlockJson[]] {
  if (where === 'home') return [{ kind: 'home' }, person.state().home?.blocks ?? []];
  if (where === undefined) {
    const view = person.view;
    if (view === undefined) throw new Error(`No modal is open to press in. ${seen(person.state())}`);
    return [{ kind: 'view', viewId: view.id }, view.blocks];
  }
  const conversation = person
    .state()
    .conversations.find(({ messages }) => messages.some(({ ts }) => ts === where.ts));
  if (conversation === undefined) throw new Error('The message to press in is no longer there.');
  return [{ kind: 'message', conversation: conversation.id, ts: where.ts }, where.blocks];
}

/** From the first block on that contains the text. */
function below(blocks: readonly BlockJson[], near: string | undefined): readonly BlockJson[] {
  if (near === undefined) return blocks;
  const first = blocks.findIndex((block) => textsOf(block).includes(near));
  if (first < 0) throw new Error(`There is no "${near}" here. There is:\n${textsOf(blocks)}`);
  return blocks.slice(first);
}

/** For the message of a wait that failed: what is open, what was said last, what went wrong on the wire. */
function seen({ views, conversations, wire, bot }: PageState): string {
  const modals = views.map(
    ({ title, errors }) =>
      `"${title}"${Object.keys(errors).length > 0 ? ` with errors ${JSON.stringify(errors)}` : ''}`,
  );
  const said = conversations.flatMap(({ name, messages }) =>
    messages.slice(-1).map(({ text, blocks }) => `${name}: ${(text || textsOf(blocks)).slice(0, 120)}`),
  );
  const exchanges = wire.slice(0, 5).map(({ name, outcome }) => `${name} ${outcome}`);
  return [
    `Open: ${modals.join(', ') || 'no modal'}.`,
    `Last said: ${said.join(' | ') || 'nothing'}.`,
    `On the wire, newest first: ${exchanges.join(', ') || 'nothing'}.`,
    bot.connected ? '' : 'The bot is not connected.',
  ].join(' ');
}
