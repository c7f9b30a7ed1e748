/**
 * Judges a submitted form: its fields (fields.ts), then the choices that are valid yet unwise, then the
 * publication. What the listeners do with the outcome is theirs.
 */

import { type Caution, reviewChoices } from '../check/choices.ts';
import { formatPolicy, parsePolicy } from '../protocol/mtasts.ts';
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

/** A version that was made for the same domain. */
export interface Earlier {
  readonly id: string;
  /** The policy as it was shown. */
  readonly policy: string;
}

/**
 * The outcome of pressing Generate. `earlier`, newest first: an id of theirs never goes to another policy. Call it with the MX of the typed domain in `form.lookup` where they are
 * known (`unseenDomain`, `withLookup`): only then can it caution about hosts that the policy leaves out.
 */
export function submitForm(
  submitted: Form,
  { askedBy, now, earlier = [] }: { askedBy: string; now: Date; earlier?: readonly Earlier[] },
): Submission {
  const form = withEarlier(submitted, earlier);
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
  const publication = publish(form, read, now, earlier);
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

/** What was generated last counts where the form does not come from an earlier answer. */
function withEarlier(form: Form, [newest]: readonly Earlier[]): Form {
  const policy = newest === undefined ? undefined : parsePolicy(newest.policy).value;
  if (form.previous !== undefined || newest === undefined || policy === undefined) return form;
  const previous = { id: newest.id, bodyDigest: digest(formatPolicy(policy)), mode: policy.mode };
  return { ...form, previous };
}

/** The same policy keeps its id; another never gets one that was used, not even by chance (RFC 8461 §3.1). */
function publish(
  { previous }: Form,
  { domain, policy, rua }: Fields,
  now: Date,
  earlier: readonly Earlier[],
): Publication {
  const body = formatPolicy(policy);
  const used = new Map(earlier.map((version) => [version.id, digest(sameFormat(version.policy))]));
  if (previous !== undefined && !used.has(previous.id)) used.set(previous.id, previous.bodyDigest);
  const request = { domain, policy, rua };
  const kept = previous?.bodyDigest === digest(body) ? previous.id : undefined;
  if (kept !== undefined && used.get(kept) === digest(body)) {
    return createPublication({ ...request, id: kept }, now);
  }
  for (let atMs = now.getTime(); ; atMs += 1000) {
    const publication = createPublication(request, new Date(atMs));
    if (!used.has(publication.id)) return publication;
  }
}

/** As the form writes policies now, whatever wrote this one. */
function sameFormat(text: string): string {
  const policy = parsePolicy(text).value;
  return policy === undefined ? text : formatPolicy(policy);
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
