/**
 * What is published against what was generated: field by field, and step by step in publishing order. Drawing it
 * is left to others.
 */
import { formatPolicy, parsePolicy } from '../protocol/mtasts.ts';
import type { Publication } from '../protocol/publication.ts';
import type { Observation } from './observation.ts';
import { contentOf } from './policy-content.ts';
import { answered, isVerified, readObservation, type Seen } from './seen.ts';

export interface FieldComparison {
  readonly field: 'id' | 'mode' | 'mx' | 'max_age' | 'rua';
  readonly generated: string;
  /** Undefined: nothing is published, or nothing that can be read. */
  readonly published: string | undefined;
  /** `not-measured`: DNS or the policy host gave no answer. */
  readonly state: 'same' | 'different' | 'absent' | 'not-measured';
}

/** What has to be there before the next is of use. */
export interface StepComparison {
  readonly step: 'policy-host' | 'certificate' | 'policy' | 'record' | 'tls-rpt';
  readonly state: 'done' | 'missing' | 'different' | 'not-measured';
}

export interface PublicationComparison {
  /** In the order of the texts: record, policy, TLS-RPT; `rua` only where addresses were generated. */
  readonly fields: readonly FieldComparison[];
  /** In publishing order; `tls-rpt` only where a record was generated. */
  readonly steps: readonly StepComparison[];
  /** Everything generated is published, as it was generated. */
  readonly isPublished: boolean;
}

export function comparePublication(
  generated: Pick<Publication, 'id' | 'policy' | 'rua'>,
  observation: Observation,
): PublicationComparison {
  const seen = readObservation(observation);
  const fields = compareFields(generated, seen);
  const steps = compareSteps(generated, seen);
  return { fields, steps, isPublished: steps.every(({ state }) => state === 'done') };
}

function compareFields(
  { id, policy, rua }: Pick<Publication, 'id' | 'policy' | 'rua'>,
  seen: Seen,
): readonly FieldComparison[] {
  const published = seen.policy?.value;
  const canTellPolicy = seen.policyBody !== undefined || !isUnmeasured(seen);
  const of = (
    field: FieldComparison['field'],
    wanted: string,
    found: string | undefined,
    measured: boolean,
  ): FieldComparison => ({
    field,
    generated: wanted,
    published: found,
    state:
      found === undefined ? (measured ? 'absent' : 'not-measured') : found === wanted ? 'same' : 'different',
  });
  return [
    of('id', id, seen.record?.value?.id, seen.record !== undefined),
    of('mode', policy.mode, published?.mode, canTellPolicy),
    // Their order means nothing to a sender (RFC 8461 §3.2), so it is no difference either.
    of('mx', listed(policy.mx), published === undefined ? undefined : listed(published.mx), canTellPolicy),
    of('max_age', String(policy.maxAgeSeconds), published?.maxAgeSeconds.toString(), canTellPolicy),
    ...(rua.length === 0
      ? []
      : [
          of(
            'rua',
            listed(rua),
            seen.tlsRpt?.value === undefined ? undefined : listed(seen.tlsRpt.value.rua),
            seen.tlsRpt !== undefined,
          ),
        ]),
  ];
}

function compareSteps(
  { id, policy, rua }: Pick<Publication, 'id' | 'policy' | 'rua'>,
  seen: Seen,
): readonly StepComparison[] {
  return [
    { step: 'policy-host', state: policyHostState(seen) },
    { step: 'certificate', state: certificateState(seen) },
    { step: 'policy', state: policyState(seen, normal(policy)) },
    { step: 'record', state: textState(seen.record?.value?.id, id, seen.record !== undefined) },
    ...(rua.length === 0
      ? []
      : [
          {
            step: 'tls-rpt' as const,
            state: textState(
              seen.tlsRpt?.value === undefined ? undefined : listed(seen.tlsRpt.value.rua),
              listed(rua),
              seen.tlsRpt !== undefined,
            ),
          },
        ]),
  ];
}

type State = StepComparison['state'];

function policyHostState({ observation: { policyHost } }: Seen): State {
  const { a, aaaa } = policyHost;
  const [v4, v6] = [answered(a), answered(aaaa)];
  if ((v4?.records.length ?? 0) + (v6?.records.length ?? 0) > 0) return 'done';
  return v4 === undefined || v6 === undefined ? 'not-measured' : 'missing';
}

/** Done only where every address that answered TLS has a certificate that senders take (RFC 8461 §3.3). */
function certificateState(seen: Seen): State {
  const { fetches } = seen.observation.policyHost;
  const handshakes = fetches.flatMap(({ result }) =>
    'tls' in result && result.tls !== undefined ? [result.tls] : [],
  );
  const refused = fetches.some(({ result }) => result.kind === 'failed' && result.at === 'tls');
  if (refused || handshakes.some((tls) => !isVerified(tls, seen.now))) return 'missing';
  if (handshakes.length > 0) return 'done';
  return policyHostState(seen) === 'missing' ? 'missing' : 'not-measured';
}

/** Every address that was tried has to serve it: which of them a sender takes is luck. */
function policyState(seen: Seen, wanted: string): State {
  const { fetches } = seen.observation.policyHost;
  const tried = fetches.filter(({ result }) => result.kind !== 'not-measured').length;
  const served = seen.usableFetches.map(({ result }) => parsePolicy(contentOf(result.response)).value);
  if (served.length === 0) return isUnmeasured(seen) ? 'not-measured' : 'missing';
  if (served.some((policy) => policy !== undefined && normal(policy) !== wanted)) return 'different';
  return served.length === tried && !served.includes(undefined) ? 'done' : 'missing';
}

function textState(published: string | undefined, wanted: string, measured: boolean): State {
  if (!measured) return 'not-measured';
  if (published === undefined) return 'missing';
  return published === wanted ? 'done' : 'different';
}

/** Nothing that an address of the policy host did or did not do was seen. */
function isUnmeasured(seen: Seen): boolean {
  const { fetches } = seen.observation.policyHost;
  return policyHostState(seen) !== 'missing' && fetches.every(({ result }) => result.kind === 'not-measured');
}

function normal(policy: Publication['policy']): string {
  return formatPolicy({ ...policy, mx: policy.mx.toSorted() });
}

function listed(texts: readonly string[]): string {
  return texts.toSorted().join(', ');
}
