/** What the form says about the MX in DNS, and what it offers for the field. */
import type { ActionsBlock, Button, SectionBlock } from '@slack/types';
import type { DnsProblem } from '../../check/observation.ts';
import { displayDomain } from '../../protocol/domain.ts';
import type { MxOffer } from '../../protocol/providers.ts';
import {
  type DoneLookup,
  type Form,
  fieldHolds,
  hostsOf,
  type Lookup,
  offersOf,
  omittedHosts,
  providerName,
} from '../form.ts';
import { actionIds, formBlocks } from '../ids.ts';
import { actions, button, plain, shorten } from './pieces.ts';

/** One sentence on DNS, and the button that asks it (again). */
export function lookupLine(form: Form): SectionBlock {
  const { lookup } = form;
  const again = lookup.kind !== 'none' && lookup.kind !== 'refused';
  return {
    type: 'section',
    block_id: formBlocks.lookup,
    text: plain(lookupSentence(lookup, form.domain)),
    ...(lookup.kind === 'running'
      ? {}
      : {
          accessory: button(
            actionIds.lookUp,
            again ? 'Look up again' : 'Look up MX',
            'the hosts of the domain, from DNS',
          ),
        }),
  };
}

function lookupSentence(lookup: Lookup, typed: string): string {
  switch (lookup.kind) {
    case 'none':
      return 'The MX hosts can be filled in from DNS.';
    case 'refused':
      return lookup.message;
    case 'running':
      return `Looking up the MX of ${displayDomain(lookup.domain)}…`;
    case 'slow':
      return `DNS is slow to answer for ${displayDomain(lookup.domain)}. Type the hosts, or look up again.`;
    case 'failed':
      return `${dnsProblemSentences[lookup.problem](displayDomain(lookup.domain))} Type the hosts, or look up again.`;
    case 'done':
      return answerSentence(lookup, typed);
  }
}

const dnsProblemSentences: Readonly<Record<DnsProblem, (domain: string) => string>> = {
  timeout: (domain) => `No answer from DNS in 3 s for ${domain}.`,
  servfail: (domain) => `DNS fails for ${domain} (SERVFAIL): its zone or its DNSSEC may be broken.`,
  refused: (domain) => `The DNS resolver refuses to answer for ${domain}.`,
  malformed: (domain) => `DNS sent an answer for ${domain} that cannot be read.`,
  unreachable: (domain) => `No DNS resolver can be reached from here to ask for ${domain}.`,
};

function answerSentence(lookup: DoneLookup, typed: string): string {
  const domain = displayDomain(lookup.domain);
  switch (lookup.mx.kind) {
    case 'null-mx':
      return `${domain} takes no mail (null MX): it needs no MTA-STS. Mode none ends an earlier policy.`;
    case 'no-mail':
      return `${domain} has neither MX nor address: it takes no mail and needs no MTA-STS.`;
    case 'nxdomain':
      return `${domain} does not exist in DNS. Check the spelling.`;
    case 'implicit':
      return `${domain} has no MX record, so senders try ${domain} itself. An MX record would say so plainly.`;
    case 'hosts':
      return hostsSentence(typed === lookup.domain ? '' : ` for ${domain}`, lookup, offersOf(lookup));
  }
}

function hostsSentence(whose: string, { mx }: DoneLookup, offer: MxOffer | undefined): string {
  const count = hostsOf(mx).length + omittedHosts(mx);
  const { provider, unusable = [] } = offer ?? {};
  const who = provider === undefined ? '' : `, ${providerName(provider)}`;
  const named = mx.kind === 'hosts' ? (mx.unusable ?? []) : [];
  const warnings = [
    ...named.map(({ name, why }) => ` The MX ${shorten(name, 80)} ${why}.`),
    ...unusable.map(({ host, why }) => ` ${shorten(host, 80)} cannot stand in a policy: ${why}`),
  ];
  // What is known of a provider is help to read, not news in a form; that nothing is known is news.
  const note = provider?.confidence === 'inferred' && provider.note !== undefined ? ` ${provider.note}` : '';
  const hosts =
    count === 0 ? 'no MX host that a policy can list' : `${count} MX host${count === 1 ? '' : 's'}`;
  return shorten(`In DNS now${whose}: ${hosts}${who}.${note}${warnings.join('')}`, 1000);
}

/** What DNS suggests for the field, unless it stands there already. */
export function offerButtons(form: Form): ActionsBlock[] {
  const offer = offersOf(form.lookup);
  if (offer === undefined || form.mx === undefined) return [];
  const buttons: Button[] = [];
  const { tight, vendor } = offer;
  if (tight.length > 0 && !fieldHolds(form, tight)) {
    const text = tight.length === 1 ? `Use ${tight[0]}` : `Use these ${tight.length}`;
    buttons.push(button(actionIds.useTight, text, 'the MX hosts in DNS, each by its name'));
  }
  if (vendor !== undefined && !fieldHolds(form, vendor)) {
    const text = vendor.length === 1 ? `Use the pattern ${vendor[0]}` : `Use ${vendor.join(' and ')}`;
    buttons.push(button(actionIds.useVendor, text, "the provider's shorter list"));
  }
  return buttons.length === 0 ? [] : [actions(formBlocks.offers, ...buttons)];
}
