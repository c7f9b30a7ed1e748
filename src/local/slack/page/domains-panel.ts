/** The domains of the local internet in their groups: what each one shows, and its records. */
import { useContext, useState } from 'preact/hooks';
import type { Command } from './completion.ts';
import { FaultSwitch } from './fault-switch.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { still } from './still.ts';
import { RoomContext } from './surface.ts';

export interface DomainsPanelProps {
  readonly scenarios: PageState['scenarios'];
  readonly switches: PageState['switches'];
  readonly command: Command | undefined;
  readonly onTry: (text: string) => void;
}

type Scenario = PageState['scenarios'][number];

/** So many are seen at once; of more, the names of the groups come first. */
const fewDomains = 12;

export const DomainsPanel = still(({ scenarios, switches, command, onTry }: DomainsPanelProps): Drawn => {
  const [words, setWords] = useState('');
  const wanted = words.trim().toLowerCase();
  const bySwitches = Map.groupBy(switches, ({ domain }) => domain);
  const isBreakable = ({ domain }: Scenario) => bySwitches.has(domain);
  const fitting = scenarios.filter((scenario) =>
    holds(scenario, bySwitches.get(scenario.domain) ?? noSwitches, wanted),
  );
  const groups = groupsOf(
    fitting.toSorted((one, other) => Number(isBreakable(other)) - Number(isBreakable(one))),
  );
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
              {
                key: name,
                class: 'domain-group',
                open: wanted !== '' || scenarios.length <= fewDomains || members.some(isBreakable),
              },
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
                members.map((scenario) =>
                  h(Domain, {
                    key: scenario.domain,
                    scenario,
                    switches: bySwitches.get(scenario.domain) ?? noSwitches,
                    command,
                    onTry,
                  }),
                ),
              ),
            ),
          ),
        ),
  );
});

/** One list for all, so that a domain without switches is not drawn again. */
const noSwitches: PageState['switches'] = [];

interface DomainProps extends Omit<DomainsPanelProps, 'scenarios'> {
  readonly scenario: Scenario;
}

const Domain = still(
  ({ scenario: { domain, title, records }, switches, command, onTry }: DomainProps): Drawn =>
    h(
      'li',
      { class: 'domain' },
      h(
        'button',
        { type: 'button', class: 'domain-name', onClick: () => onTry(commandFor(domain, command)) },
        h('span', null, h('strong', null, domain), h('span', { class: 'domain-title' }, title)),
        h('span', { class: 'domain-try' }, icon('enter'), 'Try'),
      ),
      switches.length === 0 ? null : h(Faults, { domain, switches }),
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

/** In words: `2 faults`. */
export function faultCount(count: number): string {
  return count === 1 ? '1 fault' : `${count} faults`;
}

/** The switches of a domain; what is on is said also while they are folded away. */
function Faults({ domain, switches }: { readonly domain: string } & Pick<DomainProps, 'switches'>): Drawn {
  const room = useContext(RoomContext);
  const broken = switches.filter(({ on }) => on);
  const flip = (id: string, on: boolean): void => void room.send({ kind: 'switch', id, on });
  return h(
    'details',
    { class: 'domain-faults' },
    h(
      'summary',
      { 'aria-label': `Faults of ${domain}, ${broken.length} on` },
      icon('chevron'),
      `Break it: ${faultCount(switches.length)}`,
      broken.length === 0 ? null : h('span', { class: 'faults-on' }, `${broken.length} on`),
    ),
    h(
      'ul',
      { class: 'faults' },
      switches.map((fault) => h(FaultSwitch, { key: fault.id, fault, onSwitch: (on) => flip(fault.id, on) })),
    ),
    broken.length === 0
      ? null
      : h(
          'button',
          {
            type: 'button',
            class: 'quiet',
            onClick: () => {
              for (const { id } of broken) flip(id, false);
            },
          },
          'Mend all of it',
        ),
  );
}

function holds({ domain, title, group }: Scenario, faults: PageState['switches'], words: string): boolean {
  const texts = [domain, title, group, ...faults.map((fault) => fault.title)];
  return words === '' || texts.join('\n').toLowerCase().includes(words);
}

function groupsOf(scenarios: readonly Scenario[]): [name: string, members: Scenario[]][] {
  const groups = new Map<string, Scenario[]>();
  for (const scenario of scenarios)
    groups.set(scenario.group, [...(groups.get(scenario.group) ?? []), scenario]);
  return [...groups];
}
