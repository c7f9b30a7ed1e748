/**
 * Between a form and Slack's view of it: what the inputs do not hold travels in private_metadata. Whatever
 * comes back is untrusted; a forged or stale view gives a usable form, never an exception.
 */
import { z } from 'zod';
import { type DomainName, parseDomain, parseHost } from '../protocol/domain.ts';
import { modes } from '../protocol/mtasts.ts';
import {
  blankForm,
  type DoneLookup,
  type Form,
  type Lookup,
  type MaxAgeChoice,
  maxAgeSteps,
  type Origin,
  omittedHosts,
} from './form.ts';
import { actionIds, blockSuffix, formBlocks } from './ids.ts';
import { withCautions } from './submission.ts';

/** One MX that no policy can list is told; a second tells the same. */
const unusableMax = 2;

/** Slack's limit for private_metadata, in characters. */
export const metadataCharsMax = 3000;

// A response_url has about 90 characters; one that leaves no room for the rest is not ours.
const responseUrlCharsMax = 300;

const dnsProblems = ['timeout', 'servfail', 'refused', 'malformed', 'unreachable'] as const;
const emptyAnswers = ['null-mx', 'no-mail', 'nxdomain'] as const;

const domainName = z.string().transform((text, ctx): DomainName => {
  const parsed = parseDomain(text);
  if (parsed.ok) return parsed.value;
  ctx.addIssue('not a domain');
  return z.NEVER;
});
const hostName = z.string().transform((text, ctx) => {
  const parsed = parseHost(text);
  if (parsed.ok) return parsed.value;
  ctx.addIssue('not a host');
  return z.NEVER;
});
const preference = z.int().min(0).max(65_535);
const printable = z.string().regex(/^[ -~]{1,300}$/);
const epochMs = z.int().min(0).max(8.64e15);
const count = z.int().min(0).max(1_000_000);

/** Conversations have C, D or G before their number; anything else would make Slack refuse the view. */
export const conversationId = z.string().regex(/^[CDG][A-Z0-9]{1,30}$/);

const answer = z.discriminatedUnion('k', [
  z.object({
    k: z.literal('hosts'),
    h: z.array(z.tuple([preference, hostName])),
    u: z.array(z.tuple([preference, printable, printable])),
    o: count,
  }),
  z.object({ k: z.literal('implicit'), h: hostName }),
  z.object({ k: z.enum(emptyAnswers) }),
]);
const lookup = z.union([
  z.object({ k: z.enum(['running', 'slow']), d: domainName }),
  z.object({ k: z.literal('done'), d: domainName, a: answer, t: epochMs }),
  z.object({ k: z.literal('failed'), d: domainName, p: z.enum(dnsProblems) }),
]);
const metadata = z.object({
  o: z.object({
    c: conversationId.optional().catch(undefined),
    r: z.string().max(responseUrlCharsMax).refine(isResponseUrl).optional().catch(undefined),
    a: epochMs.catch(0),
  }),
  l: lookup.optional().catch(undefined),
  p: z
    .tuple([z.string().regex(/^[A-Za-z0-9]{1,32}$/), z.string().max(32), z.enum(modes)])
    .optional()
    .catch(undefined),
  f: z.tuple([count, count]).catch([0, 0]),
});
type Metadata = z.input<typeof metadata>;

/** What the inputs do not hold, in at most 3000 characters: a huge lookup loses its last hosts. */
export function formMetadata(form: Form): string {
  const { origin, previous } = form;
  const rest = {
    o: {
      ...(origin.conversation === undefined ? {} : { c: origin.conversation }),
      ...(origin.responseUrl === undefined || origin.responseUrl.length > responseUrlCharsMax
        ? {}
        : { r: origin.responseUrl }),
      a: origin.at,
    },
    ...(previous === undefined
      ? {}
      : { p: [previous.id, previous.bodyDigest, previous.mode] satisfies Metadata['p'] }),
    f: [form.mxFill, form.conversationFill] satisfies Metadata['f'],
  };
  const { lookup: found } = form;
  if (found.kind === 'none' || found.kind === 'refused') return JSON.stringify(rest);
  for (let hosts = hostCount(found); ; hosts = Math.floor(hosts * 0.9)) {
    const text = JSON.stringify({ ...rest, l: packLookup(found, hosts) });
    if (text.length <= metadataCharsMax) return text;
    if (hosts === 0) return JSON.stringify(rest);
  }
}

type KnownLookup = Exclude<Lookup, { kind: 'none' | 'refused' }>;

function hostCount(found: KnownLookup): number {
  return found.kind === 'done' && found.mx.kind === 'hosts' ? found.mx.hosts.length : 0;
}

function packLookup(found: KnownLookup, hostsMax: number): Metadata['l'] {
  switch (found.kind) {
    case 'running':
    case 'slow':
      return { k: found.kind, d: found.domain };
    case 'failed':
      return { k: 'failed', d: found.domain, p: found.problem };
    case 'done':
      return { k: 'done', d: found.domain, a: packAnswer(found, hostsMax), t: found.observedAt };
  }
}

function packAnswer({ mx }: DoneLookup, hostsMax: number): z.input<typeof answer> {
  if (mx.kind === 'implicit') return { k: 'implicit', h: mx.host };
  if (mx.kind !== 'hosts') return { k: mx.kind };
  const kept = mx.hosts.slice(0, hostsMax);
  return {
    k: 'hosts',
    h: kept.map(({ preference: value, host }) => [value, host]),
    u: (mx.unusable ?? [])
      .filter(({ name, why }) => [name, why].every((part) => printable.safeParse(part).success))
      .slice(0, unusableMax)
      .map(({ preference: value, name, why }) => [value, name, why]),
    o: omittedHosts(mx) + mx.hosts.length - kept.length,
  };
}

const text = z
  .object({ value: z.string().nullish() })
  .transform(({ value }) => value ?? '')
  .catch('');
const option = z
  .object({ selected_option: z.object({ value: z.string() }).nullish() })
  .transform((element) => element.selected_option?.value)
  .catch(undefined);
const ticks = z
  .object({ selected_options: z.array(z.unknown()).nullish() })
  .transform((element) => (element.selected_options ?? []).length > 0)
  .catch(false);
const ticked = z
  .object({ selected_options: z.array(z.object({ value: z.string() })).nullish() })
  .transform((element) => (element.selected_options ?? []).map(({ value }) => value))
  .catch([]);
const time = z
  .object({ selected_time: z.string().nullish() })
  .transform((element) => element.selected_time ?? undefined)
  .catch(undefined);
const conversation = z
  .object({ selected_conversation: conversationId.nullish() })
  .transform((element) => element.selected_conversation ?? undefined)
  .catch(undefined);
const viewShape = z.object({
  private_metadata: z.string().catch(''),
  state: z
    .object({ values: z.record(z.string(), z.record(z.string(), z.unknown()).catch({})).catch({}) })
    .catch({ values: {} }),
});

/** The conversation that an input of this block and action holds. */
export function selectedConversation(view: unknown, blockId: string, actionId: string): string | undefined {
  const parsed = viewShape.safeParse(view);
  return parsed.success ? conversation.parse(parsed.data.state.values[blockId]?.[actionId]) : undefined;
}

/** The value chosen in a select or among radio buttons; undefined when none is. */
export function chosenOption(view: unknown, blockId: string, actionId: string): string | undefined {
  const parsed = viewShape.safeParse(view);
  return parsed.success ? option.parse(parsed.data.state.values[blockId]?.[actionId]) : undefined;
}

/** The values that are ticked. */
export function chosenOptions(view: unknown, blockId: string, actionId: string): readonly string[] {
  const parsed = viewShape.safeParse(view);
  return parsed.success ? ticked.parse(parsed.data.state.values[blockId]?.[actionId]) : [];
}

/** The time in a timepicker, `HH:MM`. */
export function chosenTime(view: unknown, blockId: string, actionId: string): string | undefined {
  const parsed = viewShape.safeParse(view);
  return parsed.success ? time.parse(parsed.data.state.values[blockId]?.[actionId]) : undefined;
}

/** What was typed into an input of this block and action; empty when there is none. */
export function typedText(view: unknown, blockId: string, actionId: string): string {
  const parsed = viewShape.safeParse(view);
  return parsed.success ? text.parse(parsed.data.state.values[blockId]?.[actionId]) : '';
}

/** The form as it stood when its person pressed something: `payload.view` of Slack. */
export function readForm(view: unknown): Form {
  return withCautions(readFields(view));
}

function readFields(view: unknown): Form {
  const shape = viewShape.safeParse(view);
  if (!shape.success) return blankForm({ at: 0 });
  const { values } = shape.data.state;
  const known = readMetadata(shape.data.private_metadata);
  const field = (prefix: string, action: string): unknown =>
    Object.entries(values).find(([id]) => id === prefix || blockSuffix(id, prefix) !== undefined)?.[1][
      action
    ];
  const shown = (prefix: string, action: string): string | undefined => {
    const element = field(prefix, action);
    return element === undefined ? undefined : text.parse(element);
  };
  const mode = option.parse(field(formBlocks.mode, actionIds.mode));
  const maxAge = option.parse(field(formBlocks.maxAge, actionIds.maxAge));
  return {
    ...known,
    domain: text.parse(field(formBlocks.domain, actionIds.domain)),
    mx: shown(formBlocks.mx, actionIds.mx),
    mode: modes.find((candidate) => candidate === mode) ?? known.mode,
    maxAge: maxAgeChoices.find((candidate) => candidate === maxAge) ?? known.maxAge,
    ownSeconds: shown(formBlocks.ownSeconds, actionIds.ownSeconds),
    rua: text.parse(field(formBlocks.rua, actionIds.rua)),
    conversation: conversation.parse(field(formBlocks.conversation, actionIds.conversation)),
    asked: readAsked(values),
  };
}

const maxAgeChoices: readonly MaxAgeChoice[] = [...maxAgeSteps, 'other'];

function readAsked(values: Record<string, Record<string, unknown>>): Form['asked'] {
  for (const [id, block] of Object.entries(values)) {
    const suffix = blockSuffix(id, formBlocks.accept);
    if (suffix !== undefined) return { digest: suffix, accepted: ticks.parse(block[actionIds.accept]) };
  }
  return undefined;
}

function readMetadata(json: string): Form {
  const parsed = metadata.safeParse(parseJson(json));
  if (!parsed.success) return blankForm({ at: 0 });
  const { o, l, p, f } = parsed.data;
  const origin: Origin = {
    ...(o.c === undefined ? {} : { conversation: o.c }),
    ...(o.r === undefined ? {} : { responseUrl: o.r }),
    at: o.a,
  };
  return {
    ...blankForm(origin),
    lookup: l === undefined ? { kind: 'none' } : unpackLookup(l),
    previous: p === undefined ? undefined : { id: p[0], bodyDigest: p[1], mode: p[2] },
    mxFill: f[0],
    conversationFill: f[1],
  };
}

function unpackLookup(l: z.output<typeof lookup>): Lookup {
  switch (l.k) {
    case 'running':
    case 'slow':
      return { kind: l.k, domain: l.d };
    case 'failed':
      return { kind: 'failed', domain: l.d, problem: l.p };
    case 'done':
      return { kind: 'done', domain: l.d, observedAt: l.t, mx: unpackAnswer(l.a) };
  }
}

function unpackAnswer(a: z.output<typeof answer>): DoneLookup['mx'] {
  if (a.k === 'implicit') return { kind: 'implicit', host: a.h };
  if (a.k !== 'hosts') return { kind: a.k };
  return {
    kind: 'hosts',
    hosts: a.h.map(([value, host]) => ({ preference: value, host })),
    ...(a.u.length === 0
      ? {}
      : { unusable: a.u.map(([value, name, why]) => ({ preference: value, name, why })) }),
    ...(a.o === 0 ? {} : { omitted: a.o }),
  };
}

/** Answers go nowhere but to Slack; over plain HTTP to this machine only. */
function isResponseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return false;
  if (url.protocol === 'http:') return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' && /(^|\.)slack(-gov)?\.com$/.test(url.hostname);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
