/** What the tests of the Slack views start from: names, lookups, forms and what Slack sends back for a view. */
import type { ModalView } from '@slack/types';
import type { MxObservation } from '../../src/check/observation.ts';
import { type DomainName, type HostName, parseDomain, parseHost } from '../../src/protocol/domain.ts';
import {
  blankForm,
  type Form,
  type Lookup,
  lookupOf,
  type Origin,
  withLookup,
} from '../../src/slack/form.ts';

/** The clock of every snapshot. */
export const now = new Date('2026-11-23T16:15:00Z');
export const alice = 'U024BE7LH';
export const origin: Origin = {
  conversation: 'C0GENERAL',
  responseUrl: 'https://hooks.slack.com/commands/T0001/123/abcdefghijklmnopqrstuvwx',
  at: now.getTime(),
};

export function domainName(text: string): DomainName {
  const parsed = parseDomain(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

function hostName(text: string): HostName {
  const parsed = parseHost(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.value;
}

export const google = ['', 'alt1.', 'alt2.', 'alt3.', 'alt4.'].map((label) => `${label}aspmx.l.google.com`);

export function mxOf(...hosts: readonly string[]): MxObservation {
  return {
    kind: 'hosts',
    hosts: hosts.map((host, at) => ({ preference: 10 * (at + 1), host: hostName(host) })),
  };
}

export function answer(domain: string, mx: MxObservation): Lookup {
  return lookupOf({ domain: domainName(domain), mx, durationMs: 12 }, now);
}

/** The form of `/mta-sts <domain>` after DNS answered. */
export function lookedUp(domain: string, mx: MxObservation): Form {
  return withLookup(blankForm(origin, domainName(domain)), answer(domain, mx));
}

/**
 * The view as Slack sends it with a press or a submission: every input with what it holds (`typed`, by the
 * block_id or its prefix, else its initial content), empty ones as null.
 */
export function sentBack(view: ModalView, typed: Readonly<Record<string, string | null>> = {}): unknown {
  const values: Record<string, Record<string, unknown>> = {};
  for (const block of view.blocks) {
    if (block.type !== 'input' || !('element' in block) || block.block_id === undefined) continue;
    const element = block.element as unknown as Record<string, unknown> & { type: string; action_id: string };
    const [whole, prefix] = [block.block_id, block.block_id.replace(/\..*$/, '')];
    const held = whole in typed ? typed[whole] : typed[prefix];
    values[block.block_id] = { [element.action_id]: { type: element.type, ...contentOf(element, held) } };
  }
  return {
    id: 'V1',
    type: 'modal',
    callback_id: view.callback_id,
    private_metadata: view.private_metadata,
    hash: '1.abc',
    blocks: structuredClone(view.blocks),
    state: { values },
  };
}

function contentOf(element: Record<string, unknown> & { type: string }, held: string | null | undefined) {
  switch (element.type) {
    case 'plain_text_input':
      return { value: held === undefined ? (element.initial_value ?? null) : held || null };
    case 'static_select':
    case 'radio_buttons':
      return {
        selected_option:
          held === undefined
            ? (element.initial_option ?? null)
            : held && { text: { type: 'plain_text', text: held }, value: held },
      };
    case 'checkboxes':
      return {
        selected_options:
          held === undefined ? (element.initial_options ?? []) : held ? [{ value: held }] : [],
      };
    case 'timepicker':
      return { selected_time: held === undefined ? (element.initial_time ?? null) : held };
    case 'conversations_select':
      return { selected_conversation: held === undefined ? (element.initial_conversation ?? null) : held };
    default:
      throw new Error(`no ${element.type} in the forms`);
  }
}
