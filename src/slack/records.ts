/**
 * What a records message carries, so that its buttons work after a restart: compact in the button's value,
 * or, over Slack's limit, read back from the message's own blocks. Everything read is untrusted and goes
 * through the strict parsers. Drawing it is left to blocks/records-message.ts.
 */
import { z } from 'zod';
import { type DomainName, parseDomain } from '../protocol/domain.ts';
import {
  type Mode,
  maxAgeSecondsMax,
  modes,
  type Policy,
  parsePolicy,
  parseRecord,
} from '../protocol/mtasts.ts';
import { createPublication, isId, type Publication } from '../protocol/publication.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { parseTlsRpt, type Rua } from '../protocol/tlsrpt.ts';
import { blockSuffix, recordsBlocks } from './ids.ts';

export interface Records {
  readonly domain: DomainName;
  readonly policy: Policy;
  readonly id: string;
  readonly rua: readonly Rua[];
  /** A user id. */
  readonly askedBy: string;
  /** How the policy met the MX in DNS when it was generated; absent where they were not looked up. */
  readonly covered?: MxCoverage;
}

export interface MxCoverage {
  /** How many of the hosts compared match a line of the policy. */
  readonly covered: number;
  readonly compared: number;
  /** How many MX hosts DNS named. */
  readonly total: number;
  readonly provider?: string;
  /** When DNS answered, in epoch seconds. */
  readonly atSeconds: number;
}

/** Slack's limit for a button's value, in characters. */
export const valueCharsMax = 2000;

/** The first item of every value: another number means another shape. */
const version = 1;

const userId = z.string().regex(/^[UW][A-Z0-9]{1,30}$/);
const count = z.int().min(0).max(1_000_000);
const coverageShape = z
  .tuple([count, count, count, z.int().min(0).max(8.64e12), z.string().regex(/^[A-Za-z0-9 .,&+'-]{0,60}$/)])
  .refine(([covered, compared, total]) => covered <= compared && compared <= total);
// The texts become lines of a policy and fields of a record again: nothing may end a line or a field.
const valueShape = z.tuple([
  z.literal(version),
  z.string(),
  z.enum(modes),
  z.int().min(0).max(maxAgeSecondsMax),
  z.string().regex(/^[a-z0-9.* -]*$/),
  z.string(),
  z.string().regex(/^[!-:<-~ ]*$/),
  userId,
  coverageShape.nullable(),
]);

/** The state as a button's value; undefined when it is over 2000 characters. */
export function recordsValue(records: Records): string | undefined {
  const { domain, policy, id, rua, askedBy, covered } = records;
  const value = JSON.stringify([
    version,
    domain,
    policy.mode,
    policy.maxAgeSeconds,
    policy.mx.join(' '),
    id,
    rua.join(' '),
    askedBy,
    covered === undefined ? null : packCoverage(covered),
  ] satisfies z.input<typeof valueShape>);
  return value.length > valueCharsMax ? undefined : value;
}

/** Why a button cannot be acted on, in a sentence for the person who pressed it. */
export interface RecordsProblem {
  readonly code: 'unreadable';
  readonly message: string;
}

const unreadable: RecordsProblem = {
  code: 'unreadable',
  message: 'This message does not hold a policy that can be read any more. Run `/mta-sts` to make it again.',
};

/** The state from a button's value, else from the blocks of its message or modal. */
export function readRecords(from: { value?: unknown; blocks?: unknown }): Result<Records, RecordsProblem> {
  const records = fromValue(from.value) ?? fromBlocks(from.blocks);
  return records === undefined ? fail(unreadable) : ok(records);
}

/** The publication again: a policy that keeps its id does not depend on the time. */
export function publicationOf({ domain, policy, rua, id }: Records): Publication {
  return createPublication({ domain, policy, rua, id }, new Date(0));
}

/** What the asked-by block's id carries beside the user: `U024BE7LH.5.5.5.1795450000.Google Workspace`. */
export function askedByBlockId({ askedBy, covered }: Records): string {
  const parts = covered === undefined ? [askedBy] : [askedBy, ...packCoverage(covered)];
  return `${recordsBlocks.askedBy}.${parts.join('.')}`;
}

function packCoverage({
  covered,
  compared,
  total,
  atSeconds,
  provider,
}: MxCoverage): z.input<typeof coverageShape> {
  return [covered, compared, total, atSeconds, provider ?? ''];
}

function unpackCoverage(packed: unknown): MxCoverage | undefined {
  const parsed = coverageShape.safeParse(packed);
  if (!parsed.success) return undefined;
  const [covered, compared, total, atSeconds, provider] = parsed.data;
  return { covered, compared, total, atSeconds, ...(provider === '' ? {} : { provider }) };
}

function fromValue(value: unknown): Records | undefined {
  const parsed = valueShape.safeParse(parseJson(value));
  if (!parsed.success) return undefined;
  const [, domain, mode, maxAgeSeconds, mx, id, rua, askedBy, covered] = parsed.data;
  return assemble({
    domain,
    policyText: policyText(mode, maxAgeSeconds, mx),
    id,
    tlsRptText: rua === '' ? undefined : `v=TLSRPTv1; rua=${rua.replaceAll(' ', ',')}`,
    askedBy,
    covered: covered === null ? undefined : unpackCoverage(covered),
  });
}

function policyText(mode: Mode, maxAgeSeconds: number, mx: string): string {
  const hosts = mx.split(' ').filter((host) => host !== '');
  return [
    'version: STSv1',
    `mode: ${mode}`,
    ...hosts.map((host) => `mx: ${host}`),
    `max_age: ${maxAgeSeconds}`,
    '',
  ].join('\n');
}

/** Texts on their way to values: the one door, whatever they were read from. */
function assemble(texts: {
  readonly domain: string;
  readonly policyText: string;
  readonly id: string;
  readonly tlsRptText: string | undefined;
  readonly askedBy: string;
  readonly covered: MxCoverage | undefined;
}): Records | undefined {
  const { id, askedBy, covered } = texts;
  const domain = parseDomain(texts.domain);
  const policy = parsePolicy(texts.policyText).value;
  const tlsRpt = texts.tlsRptText === undefined ? { rua: [] } : parseTlsRpt(texts.tlsRptText).value;
  if (!domain.ok || policy === undefined || tlsRpt === undefined || !isId(id)) return undefined;
  const records = { domain: domain.value, policy, id, rua: tlsRpt.rua, askedBy };
  return covered === undefined ? records : { ...records, covered };
}

const blockShape = z.object({
  block_id: z.string(),
  elements: z
    .array(
      z
        .object({ type: z.string(), elements: z.array(z.object({ text: z.string() }).catch({ text: '' })) })
        .catch({ type: '', elements: [] }),
    )
    .catch([]),
});

function fromBlocks(blocks: unknown): Records | undefined {
  if (!Array.isArray(blocks)) return undefined;
  const known = blocks.flatMap((block) => {
    const parsed = blockShape.safeParse(block);
    return parsed.success ? [parsed.data] : [];
  });
  const boxes = (blockId: string): readonly string[] =>
    known
      .find((block) => block.block_id === blockId)
      ?.elements.filter(({ type }) => type === 'rich_text_preformatted')
      .map(({ elements }) => elements.map(({ text }) => text).join('')) ?? [];
  const [, policyBody] = boxes(recordsBlocks.policy);
  const [recordName, recordValue] = boxes(recordsBlocks.txt);
  const [, tlsRptText] = boxes(recordsBlocks.tlsRpt);
  const id = recordValue === undefined ? undefined : parseRecord(recordValue).value?.id;
  const domain = recordName?.startsWith('_mta-sts.') ? recordName.slice('_mta-sts.'.length) : undefined;
  const asked = readAskedBy(known);
  if (policyBody === undefined || id === undefined || domain === undefined || asked === undefined)
    return undefined;
  return assemble({ domain, policyText: policyBody, id, tlsRptText, ...asked });
}

function readAskedBy(
  known: readonly { block_id: string }[],
): { askedBy: string; covered: MxCoverage | undefined } | undefined {
  const suffix = known.map(({ block_id }) => blockSuffix(block_id, recordsBlocks.askedBy)).find(Boolean);
  const [user, covered, compared, total, atSeconds, ...provider] = suffix?.split('.') ?? [];
  const askedBy = userId.safeParse(user);
  if (!askedBy.success) return undefined;
  const numbers = [covered, compared, total, atSeconds].map((part) =>
    part === undefined ? '' : Number(part),
  );
  return { askedBy: askedBy.data, covered: unpackCoverage([...numbers, provider.join('.')]) };
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
