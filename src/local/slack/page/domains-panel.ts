/** The domains of the local internet in their groups: what each one shows, and its records. */
import { useState } from 'preact/hooks';
import type { Command } from './completion.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { still } from './still.ts';

export interface DomainsPanelProps {
  readonly scenarios: PageState['scenarios'];
  readonly command: Command | undefined;
  readonly onTry: (text: string) => void;
}

type Scenario = PageState['scenarios'][number];

/** So many are seen at once; of more, the names of the groups come first. */
const fewDomains = 12;

export const DomainsPanel = still(({ scenarios, command, onTry }: DomainsPanelProps): Drawn => {
  const [words, setWords] = useState('');
  const wanted = words.trim().toLowerCase();
  const groups = groupsOf(scenarios.filter((scenario) => holds(scenario, wanted)));
  return h(
    'div',
    { class: 'panel-fill' },
    h(
      'div',
      { class: 'panel-filter' },
      h('input', {
        type: 'search',
        class: 'field-input',
        placeholder: 'Find a domain or a fault',
        'aria-label': 'Find a domain or a fault',
        value: words,
        spellcheck: false,
        onInput: (event) => setWords(event.currentTarget.value),
      }),
    ),
    groups.length === 0
      ? h('p', { class: 'panel-empty' }, 'No domain fits.')
      : h(
          'div',
          { class: 'panel-scroll' },
          h(
            'p',
            { class: 'panel-lead' },
            'These domains exist only on this machine. Choose one to put the command into the composer.',
          ),
          groups.map(([name, members]) =>
            h(
              'details',
              { key: name, class: 'domain-group', open: wanted !== '' || scenarios.length <= fewDomains },
              h(
                'summary',
                null,
                icon('chevron'),
                h('span', { class: 'domain-group-name' }, name),
                h('span', { class: 'domain-count' }, String(members.length)),
              ),
              h(
                'ul',
                { class: 'domains' },
                members.map((scenario) => h(Domain, { key: scenario.domain, scenario, command, onTry })),
              ),
            ),
          ),
        ),
  );
});

interface DomainProps extends Omit<DomainsPanelProps, 'scenarios'> {
  readonly scenario: Scenario;
}

const Domain = still(
  ({ scenario: { domain, title, records }, command, onTry }: DomainProps): Drawn =>
    h(
      'li',
      { class: 'domain' },
      h(
        'button',
        { type: 'button', class: 'domain-name', onClick: () => onTry(commandFor(domain, command)) },
        h('span', null, h('strong', null, domain), h('span', { class: 'domain-title' }, title)),
        h('span', { class: 'domain-try' }, icon('enter'), 'Try'),
      ),
      records.length === 0
        ? null
        : h(
            'details',
            null,
            h('summary', null, records.length === 1 ? '1 record' : `${records.length} records`),
            h('pre', { tabIndex: 0 }, records.join('\n')),
          ),
    ),
);

/** Where the command can check a domain, it does. */
function commandFor(domain: string, command: Command | undefined): string {
  if (command === undefined) return domain;
  return `${command.command} ${/\bcheck\b/.test(command.usageHint) ? 'check ' : ''}${domain}`;
}

function holds({ domain, title, group }: Scenario, words: string): boolean {
  return words === '' || `${domain}\n${title}\n${group}`.toLowerCase().includes(words);
}

function groupsOf(scenarios: readonly Scenario[]): [name: string, members: Scenario[]][] {
  const groups = new Map<string, Scenario[]>();
  for (const scenario of scenarios)
    groups.set(scenario.group, [...(groups.get(scenario.group) ?? []), scenario]);
  return [...groups];
}
