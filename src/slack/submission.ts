/**
 * Judges a submitted form: its fields (fields.ts), then the choices that are valid yet unwise, then the
 * publication. What the listeners do with the outcome is theirs.
 */

import { type Caution, reviewChoices } from '../check/choices.ts';
import { formatPolicy } from '../protocol/mtasts.ts';
import { coverage } from '../protocol/providers.ts';
import { createPublication, type Publication } from '../protocol/publication.ts';
import { digest } from './digest.ts';
import { type Fields, readFields } from './fields.ts';
import {
  answerFor,
  cautionsDigest,
  type Form,
  hostsOf,
  offersOf,
  omittedHosts,
  providerName,
} from './form.ts';
import { formBlocks, numberedBlock } from './ids.ts';
import type { MxCoverage, Records } from './records.ts';

export type Submission =
  | {
      readonly kind: 'publication';
      readonly publication: Publication;
      readonly records: Records;
      /** Where to post; undefined: only the person who asked sees it. */
      readonly conversation: string | undefined;
    }
  /** For `response_action: 'errors'`: block_id to message. */
  | { readonly kind: 'errors'; readonly errors: Record<string, string> }
  /** For `response_action: 'update'`: a field that was not shown, or cautions and their tick. */
  | { readonly kind: 'ask'; readonly form: Form };

/**
 * The outcome of pressing Generate. Call it with the MX of the typed domain in `form.lookup` where they are
 * known (`unseenDomain`, `withLookup`): only then can it caution about hosts that the policy leaves out.
 */
export function submitForm(form: Form, { askedBy, now }: { askedBy: string; now: Date }): Submission {
  if (form.mx === undefined) {
    // Generate was pressed while "Looking up…" stood in the place of the field.
    const { lookup } = form;
    const shown: Form = {
      ...form,
      mx: '',
      lookup: lookup.kind === 'running' ? { ...lookup, kind: 'slow' } : lookup,
      mxFill: form.mxFill + 1,
    };
    return { kind: 'ask', form: shown };
  }
  if (form.maxAge === 'other' && form.ownSeconds === undefined) {
    return { kind: 'ask', form: { ...form, ownSeconds: '' } };
  }
  const read = readFields(form);
  if ('errors' in read) return { kind: 'errors', errors: read.errors };

  const cautions = cautionsOf(form, read);
  const wanted = cautionsDigest(cautions);
  if (cautions.length > 0 && !(form.asked?.digest === wanted && form.asked.accepted)) {
    return form.asked?.digest === wanted
      ? {
          kind: 'errors',
          errors: {
            [numberedBlock(formBlocks.accept, wanted)]:
              'Tick the box to generate anyway, or change what is named above.',
          },
        }
      : { kind: 'ask', form: { ...form, cautions } };
  }
  const { domain, policy, rua } = read;
  const publication = publish(form, read, now);
  const covered = coverageOf(form, read);
  return {
    kind: 'publication',
    publication,
    conversation: form.conversation,
    records: {
      domain,
      policy,
      rua,
      id: publication.id,
      askedBy,
      ...(covered === undefined ? {} : { covered }),
    },
  };
}

/**
 * The form with the cautions of its present content, where cautions are on show already: for drawing it
 * anew after a press. As long as they are the same, the block keeps its id and its tick.
 */
export function withCautions(form: Form): Form {
  if (form.asked === undefined) return form;
  const read = readFields(form);
  return { ...form, cautions: 'errors' in read ? [] : cautionsOf(form, read) };
}

function publish(form: Form, { domain, policy, rua }: Fields, now: Date): Publication {
  const { previous } = form;
  const request = { domain, policy, rua };
  if (previous === undefined) return createPublication(request, now);
  if (previous.bodyDigest === digest(formatPolicy(policy))) {
    return createPublication({ ...request, id: previous.id }, now);
  }
  const publication = createPublication(request, now);
  // Another body never gets the earlier id, not even by chance (RFC 8461 §3.1).
  return publication.id === previous.id
    ? createPublication(request, new Date(now.getTime() + 1000))
    : publication;
}

/** A missing TLS-RPT address is no caution: the form calls it optional, and the answer says what it means. */
function cautionsOf({ lookup, previous }: Form, { domain, policy }: Fields): readonly Caution[] {
  return reviewChoices({
    domain,
    policy,
    mx: answerFor(lookup, domain)?.mx,
    ...(previous === undefined ? {} : { previous: { ...policy, mode: previous.mode } }),
  });
}

function coverageOf(form: Form, { domain, policy }: Fields): MxCoverage | undefined {
  const found = answerFor(form.lookup, domain);
  const hosts = found === undefined ? [] : hostsOf(found.mx);
  if (found === undefined || hosts.length === 0 || policy.mode === 'none') return undefined;
  const covered = coverage(policy.mx, hosts).byHost.filter(({ pattern }) => pattern !== undefined).length;
  const provider = offersOf(found)?.provider;
  return {
    covered,
    compared: hosts.length,
    total: hosts.length + omittedHosts(found.mx),
    atSeconds: Math.floor(found.observedAt / 1000),
    ...(provider === undefined ? {} : { provider: providerName(provider) }),
  };
}
