/** The wire inspector: every request between Slack and the bot, newest first, with what was said. */

import { useState } from 'preact/hooks';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import { JsonView } from './json-view.ts';
import type { WireEntry } from './protocol.ts';
import { still } from './still.ts';

const filters = {
  all: 'All',
  'to-bot': 'To the bot',
  'from-bot': 'From the bot',
  failed: 'Failed',
} as const;
type Filter = keyof typeof filters;

export const WirePanel = still(({ wire }: { readonly wire: readonly WireEntry[] }): Drawn => {
  const [filter, setFilter] = useState<Filter>('all');
  const [words, setWords] = useState('');
  const shown = wire.filter((entry) => passes(entry, filter) && holds(entry, words.trim().toLowerCase()));
  return h(
    'div',
    { class: 'panel-fill' },
    h(
      'div',
      { class: 'panel-filter' },
      h('input', {
        type: 'search',
        class: 'field-input',
        placeholder: 'Filter by name or content',
        'aria-label': 'Filter by name or content',
        value: words,
        spellcheck: false,
        onInput: (event) => setWords(event.currentTarget.value),
      }),
      h(
        'div',
        { class: 'segments', role: 'group', 'aria-label': 'Which requests' },
        (Object.keys(filters) as Filter[]).map((name) =>
          h(
            'button',
            { type: 'button', 'aria-pressed': filter === name, onClick: () => setFilter(name) },
            filters[name],
          ),
        ),
      ),
    ),
    shown.length === 0
      ? h(
          'p',
          { class: 'panel-empty' },
          wire.length === 0
            ? 'Nothing was said yet. Type a command and watch it here.'
            : 'No request fits the filter.',
        )
      : h(
          'ol',
          { class: 'wire' },
          shown.map((entry) => h(Entry, { key: entry.id, entry })),
        ),
  );
});

function passes(entry: WireEntry, filter: Filter): boolean {
  if (filter === 'failed') return entry.failed;
  return filter === 'all' || entry.direction === filter;
}

function holds(entry: WireEntry, words: string): boolean {
  return (
    words === '' ||
    `${entry.name}\n${entry.outcome}\n${entry.request}\n${entry.response}`.toLowerCase().includes(words)
  );
}

const Entry = still(({ entry }: { readonly entry: WireEntry }): Drawn => {
  const [open, setOpen] = useState(false);
  const inward = entry.direction === 'to-bot';
  const at = new Date(entry.at);
  return h(
    'li',
    { class: `wire-entry${entry.failed ? ' wire-failed' : ''}` },
    h(
      'button',
      { type: 'button', class: 'wire-row', 'aria-expanded': open, onClick: () => setOpen(!open) },
      icon('chevron', open ? 'turned' : ''),
      h(
        'span',
        {
          class: `wire-way ${inward ? 'wire-in' : 'wire-out'}`,
          title: inward ? 'Slack to the bot' : 'The bot to Slack',
        },
        icon(inward ? 'arrowOut' : 'arrowIn'),
        h('span', { class: 'off-screen' }, inward ? 'to the bot' : 'from the bot'),
      ),
      h('span', { class: 'wire-name' }, entry.name),
      h('span', { class: 'wire-outcome' }, entry.failed ? icon('error') : null, entry.outcome),
      h(
        'span',
        { class: 'wire-ms' },
        entry.durationMs === null ? '…' : `${milliseconds(entry.durationMs)} ms`,
      ),
    ),
    open
      ? h(
          'div',
          { class: 'wire-detail' },
          h(
            'p',
            { class: 'hint' },
            `${inward ? 'Slack to the bot' : 'The bot to Slack'}, ${at.toISOString().slice(11, 23)} UTC`,
          ),
          h('h4', null, 'Request'),
          h(JsonView, { text: entry.request }),
          h('h4', null, 'Answer'),
          h(JsonView, { text: entry.response === '' ? '(empty)' : entry.response }),
        )
      : null,
  );
});

function milliseconds(duration: number): string {
  if (duration < 1) return '<1';
  return duration < 10 && !Number.isInteger(duration) ? duration.toFixed(1) : String(Math.round(duration));
}
