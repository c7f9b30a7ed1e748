/** The domains of the local internet: what each one shows, and its records. */
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import type { PageState } from './protocol.ts';
import { still } from './still.ts';

export interface DomainsPanelProps {
  readonly scenarios: PageState['scenarios'];
  readonly command: string;
  readonly onTry: (text: string) => void;
}

export const DomainsPanel = still(
  ({ scenarios, command, onTry }: DomainsPanelProps): Drawn =>
    h(
      'div',
      { class: 'panel-scroll' },
      h(
        'p',
        { class: 'panel-lead' },
        'These domains exist only on this machine. Choose one to put the command into the composer.',
      ),
      h(
        'ul',
        { class: 'domains' },
        scenarios.map((scenario) =>
          h(
            'li',
            { class: 'domain' },
            h(
              'button',
              {
                type: 'button',
                class: 'domain-name',
                onClick: () => onTry(`${command} ${scenario.domain}`.trim()),
              },
              h(
                'span',
                null,
                h('strong', null, scenario.domain),
                h('span', { class: 'domain-title' }, scenario.title),
              ),
              h('span', { class: 'domain-try' }, icon('enter'), 'Try'),
            ),
            scenario.records.length === 0
              ? null
              : h(
                  'details',
                  null,
                  h(
                    'summary',
                    null,
                    scenario.records.length === 1 ? '1 record' : `${scenario.records.length} records`,
                  ),
                  h('pre', { tabIndex: 0 }, scenario.records.join('\n')),
                ),
          ),
        ),
      ),
    ),
);
