/** Where the person writes: completes commands, sends with Enter, and gives the text back when sending failed. */
import type { TargetedKeyboardEvent } from 'preact';
import { useContext, useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Command, complete } from './completion.ts';
import { type Drawn, h } from './h.ts';
import { icon, spinner } from './icons.ts';
import { ShortcutMenu } from './menu.ts';
import type { PageState } from './protocol.ts';
import { RoomContext } from './surface.ts';

/** A text that the page puts into the composer, such as a domain that was clicked. */
export interface Prefill {
  readonly text: string;
  /** Counts up, so that the same text can be put in twice. */
  readonly count: number;
}

export interface ComposerProps {
  readonly conversation: string;
  readonly placeholder: string;
  readonly threadTs?: string;
  readonly commands: readonly Command[];
  readonly scenarios: PageState['scenarios'];
  readonly shortcuts: PageState['shortcuts'];
  readonly prefill: Prefill | undefined;
}

/** What was not sent yet, by conversation and thread. */
const drafts = new Map<string, string>();

export function Composer(props: ComposerProps): Drawn {
  const { conversation, threadTs, commands, scenarios, prefill } = props;
  const room = useContext(RoomContext);
  const draftKey = `${room.me} ${conversation} ${threadTs ?? ''}`;
  const [text, setText] = useState(drafts.get(draftKey) ?? '');
  const [waitingFor, setWaitingFor] = useState('');
  const [picked, setPicked] = useState<number | undefined>();
  const [hidden, setHidden] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const lastSent = useRef('');
  const listId = useId();

  const write = (next: string): void => {
    drafts.set(draftKey, next);
    setText(next);
    setPicked(undefined);
    setHidden(false);
  };
  useEffect(() => {
    if (prefill === undefined || prefill.count === 0) return;
    write(prefill.text);
    field.current?.focus();
  }, [prefill]);
  useLayoutEffect(() => grow(field.current), [text]);

  const completion = threadTs === undefined ? complete(text, commands, scenarios) : complete('', [], []);
  const suggestions = hidden ? [] : completion.suggestions;
  const chosen = picked ?? (completion.preselect ? 0 : undefined);
  const take = (index: number): void => {
    const suggestion = suggestions[index];
    if (suggestion !== undefined) write(suggestion.text);
    field.current?.focus();
  };

  const send = async (): Promise<void> => {
    const sent = text.trim();
    if (sent === '') return;
    lastSent.current = sent;
    write('');
    if (sent.startsWith('/')) setWaitingFor(sent.split(/\s/, 1)[0] ?? '');
    const answer = await room.send({
      kind: 'compose',
      user: room.me,
      conversation,
      text: sent,
      ...(threadTs === undefined ? {} : { threadTs }),
    });
    setWaitingFor('');
    if (!answer.ok && (drafts.get(draftKey) ?? '') === '') write(sent);
  };

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.isComposing) return;
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
    const handled = plain && (onListKey(event.key) || onOtherKey(event.key));
    if (handled) event.preventDefault();
  };
  const onListKey = (key: string): boolean => {
    if (suggestions.length === 0) return false;
    const step = (by: number): void =>
      setPicked(((chosen ?? (by > 0 ? -1 : 0)) + by + suggestions.length) % suggestions.length);
    if (key === 'ArrowDown') step(1);
    else if (key === 'ArrowUp') step(-1);
    else if (key === 'Escape') setHidden(true);
    else if (key === 'Tab' && text !== '') take(chosen ?? 0);
    else if (key === 'Enter' && chosen !== undefined) take(chosen);
    else return false;
    return true;
  };
  const onOtherKey = (key: string): boolean => {
    if (key === 'Enter') void send();
    else if (key === 'ArrowUp' && text === '' && lastSent.current !== '') write(lastSent.current);
    else return false;
    return true;
  };

  return h(
    'form',
    {
      class: `composer${threadTs === undefined ? '' : ' composer-reply'}`,
      onSubmit: (event) => {
        event.preventDefault();
        void send();
      },
    },
    suggestions.length === 0
      ? null
      : h(
          'ul',
          { class: 'suggestions', role: 'listbox', id: listId, 'aria-label': 'Suggestions' },
          suggestions.map((suggestion, index) =>
            h(
              'li',
              {
                key: suggestion.text,
                id: `${listId}-${index}`,
                role: 'option',
                class: 'suggestion',
                'aria-selected': index === chosen,
                // Before the field loses the focus.
                onMouseDown: (event) => {
                  event.preventDefault();
                  take(index);
                },
              },
              h('span', { class: 'suggestion-title' }, suggestion.title),
              h('span', { class: 'suggestion-about' }, suggestion.about),
            ),
          ),
          h(
            'li',
            { class: 'suggestion-keys', role: 'presentation' },
            h('kbd', null, '↑'),
            h('kbd', null, '↓'),
            ' to choose, ',
            h('kbd', null, 'Tab'),
            ' to complete, ',
            h('kbd', null, 'Enter'),
            completion.preselect || picked !== undefined ? ' to take it' : ' to send',
          ),
        ),
    h(
      'div',
      { class: 'composer-box' },
      h('textarea', {
        ref: field,
        class: 'composer-text',
        rows: 1,
        value: text,
        placeholder: props.placeholder,
        'aria-label': props.placeholder,
        'aria-autocomplete': 'list',
        'aria-haspopup': 'listbox',
        'aria-controls': suggestions.length === 0 ? undefined : listId,
        'aria-activedescendant':
          chosen === undefined || suggestions.length === 0 ? undefined : `${listId}-${chosen}`,
        spellcheck: false,
        onInput: (event) => write(event.currentTarget.value),
        onKeyDown,
        onBlur: () => setPicked(undefined),
      }),
      h(
        'div',
        { class: 'composer-bar' },
        threadTs === undefined ? h(ShortcutMenu, { shortcuts: props.shortcuts }) : null,
        h('p', { class: 'composer-hint', role: 'status' }, hint(waitingFor, completion.usage, text)),
        h(
          'button',
          {
            type: 'submit',
            class: 'send',
            title: 'Send (Enter)',
            'aria-label': 'Send',
            'aria-disabled': text.trim() === '' || undefined,
          },
          icon('send'),
        ),
      ),
    ),
  );
}

function hint(waitingFor: string, usage: Command | undefined, text: string): Drawn | string {
  if (waitingFor !== '')
    return h('span', { class: 'waiting' }, spinner(), `${waitingFor} is on its way to the app…`);
  if (usage !== undefined) return h('span', null, h('code', null, usage.command), ` ${usage.usageHint}`);
  return text.includes('\n') || text === '' ? '' : 'Shift+Enter for a new line';
}

/** As high as its text, up to the limit in the style sheet. */
function grow(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
