/** Who accepts this: for each known sender whether it honours what is published, and what it does not take. */
import { asksForPolicy } from './asked.ts';
import { bytesOf } from './observation.ts';
import type { Acceptance } from './report.ts';
import type { Finding } from './rule.ts';
import { type Seen, serverMs } from './seen.ts';
import { finerOddities, type Oddity, oddities, type Sender, senders } from './senders.ts';
import { isPolicyUnknown } from './verdict.ts';

/** Empty where nothing is published, or where it could not be looked at. */
export function acceptance(seen: Seen, findings: readonly Finding[]): readonly Acceptance[] {
  if (seen.record === undefined || !asksForPolicy(seen)) return [];
  if (seen.usablePolicy === undefined && isPolicyUnknown(seen)) return [];
  const met = odditiesOf(seen, new Set(findings.map(({ id }) => id)));
  return senders.map((sender) => {
    const because = [...new Set(met.filter((one) => isRefused(one, sender)).map((one) => one.because))];
    return { sender, accepts: because.length === 0, because };
  });
}

function isRefused({ refusedBy }: Oddity, sender: Sender): boolean {
  return refusedBy === 'all' || refusedBy.includes(sender);
}

function odditiesOf(seen: Seen, found: ReadonlySet<string>): readonly Oddity[] {
  return [...recordOddities(seen), ...fetchOddities(seen), ...policyOddities(seen), ...foundOddities(found)];
}

const knownByFinding = [
  'http.content-type-missing',
  'http.content-type-wrong',
  'http.charset-missing-with-utf8',
  'host.tls13-only',
];

/** What is no fault of a text, such as the content type, is known by its finding alone. */
function foundOddities(found: ReadonlySet<string>): readonly Oddity[] {
  return knownByFinding.filter((id) => found.has(id)).flatMap(known);
}

function recordOddities({ record }: Seen): readonly Oddity[] {
  const { problems = [], advice = [], verdict } = record ?? {};
  // Elsewhere, or behind an alias that leads to nothing.
  if (verdict === 'none' && problems.length === 0) return [finerOddities.noRecord];
  return [
    ...problems.flatMap(({ id }) => {
      if (id !== 'txt.space-before-semicolon') return knownOr(id, finerOddities.unmeasured);
      return [finerOddities.spaceBeforeSemicolon];
    }),
    ...(verdict === 'valid' ? advice.flatMap(({ id }) => known(id)) : []),
  ];
}

function policyOddities({ policy, policyBody }: Seen): readonly Oddity[] {
  if (policy === undefined) return [];
  const { problems, advice, value } = policy;
  const lines = policyBody === undefined ? [] : linesOf(policyBody);
  return [
    ...problems.flatMap(({ id }) => knownOr(id, finerOddities.unmeasured)),
    ...advice.flatMap(({ id }) => known(id)),
    ...(value?.mode === 'none' && value.mx.length === 0 ? [finerOddities.noneWithoutMx] : []),
    ...(lines.some((line) => unknownWithColon.test(line)) ? [finerOddities.colonInUnknownField] : []),
  ];
}

const unknownWithColon = /^(?!(?:version|mode|mx|max_age):)[A-Za-z0-9][A-Za-z0-9_.-]*:[^:]*:/;

function linesOf(body: Uint8Array): readonly string[] {
  return Buffer.from(body).toString('latin1').split(/\r?\n/);
}

const kib = 1024;

function fetchOddities({ usableFetches, observation: { policyHost } }: Seen): readonly Oddity[] {
  const [usable] = usableFetches;
  if (usable === undefined) {
    const [answer] = policyHost.fetches.flatMap(({ result }) =>
      result.kind === 'response' ? [result.response] : [],
    );
    if (answer === undefined) return [finerOddities.noFetch];
    if (answer.cut === 'too-long') return [finerOddities.over64Kib, finerOddities.over10Kib];
    if (answer.status === 200) return [finerOddities.noFetch];
    if (answer.status < 300) return [finerOddities.otherSuccess];
    return answer.status < 400 ? known('http.redirect') : [finerOddities.otherStatus];
  }
  const { length } = bytesOf(usable.result.response.body);
  const fastestMs = Math.min(...usableFetches.map(serverMs));
  return [
    ...(length > 64 * kib ? [finerOddities.over64Kib] : []),
    ...(length > 10 * kib ? [finerOddities.over10Kib] : []),
    ...(fastestMs > 2000 ? [finerOddities.over2Seconds] : []),
    ...(fastestMs > 4000 ? [finerOddities.over4Seconds] : []),
    ...(fastestMs > 10_000 ? [finerOddities.over10Seconds] : []),
  ];
}

function known(id: string): readonly Oddity[] {
  return knownOr(id, undefined);
}

function knownOr(id: string, otherwise: Oddity | undefined): readonly Oddity[] {
  const oddity = oddities[id] ?? otherwise;
  return oddity === undefined ? [] : [oddity];
}
