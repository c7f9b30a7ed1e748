/**
 * Who runs these MX hosts, which patterns fit them, and why a pattern does not. The policy always comes
 * from the live MX; the table in provider-data.ts only names the provider and shortens.
 */
import { distance } from 'fastest-levenshtein';
import { getPublicSuffix } from 'tldts';
import type { HostName } from './domain.ts';
import { type MxPattern, matches, parseMxPattern } from './mtasts.ts';
import { type Confidence, type ProviderRow, providerRows } from './provider-data.ts';

export interface Provider {
  /** Permanent, such as `m365-mx-microsoft`. */
  readonly id: string;
  readonly name: string;
  readonly confidence: Confidence;
  /** What somebody who publishes a policy for these hosts should read. */
  readonly note?: string;
}

/** Which mx lines the MX of a domain suggest. */
export interface MxOffer {
  /** Who runs most of the hosts; absent when nobody known does. */
  readonly provider?: Provider;
  /** Every usable host by its own name. */
  readonly tight: readonly MxPattern[];
  /** The vendor's patterns, with the hosts of others by name; absent when that is no other list. */
  readonly vendor?: readonly MxPattern[];
  /** MX targets that no policy can list. */
  readonly unusable: readonly { readonly host: string; readonly why: string }[];
}

/** How patterns and hosts meet (RFC 8461 §4.1). */
export interface Coverage {
  readonly byHost: readonly HostCoverage[];
  /** Patterns that match none of the hosts. */
  readonly unused: readonly MxPattern[];
}

export interface HostCoverage {
  readonly host: HostName;
  /** The first pattern that matches. */
  readonly pattern?: MxPattern;
  /** For a host without one: the pattern that comes closest, and why it does not match. */
  readonly nearest?: { readonly pattern: MxPattern; readonly why: string };
}

interface LoadedProvider {
  readonly row: ProviderRow;
  readonly provider: Provider;
  readonly vendor: readonly MxPattern[] | 'derive' | undefined;
}

/**
 * The table as values.
 * @throws Error for a row with a text that is not an mx pattern, that offers one of its own traps, or that
 *   offers the patterns of a provider of whom only the MX names are known (they are not verified).
 */
export function loadProviders(rows: readonly ProviderRow[]): readonly LoadedProvider[] {
  return rows.map((row) => {
    const refuse = (text: string, why: string) => new Error(`provider ${row.id}: ${text}: ${why}`);
    const pattern = (text: string): MxPattern => {
      const parsed = parseMxPattern(text);
      if (!parsed.ok) throw refuse(text, parsed.problem.title);
      return parsed.value;
    };
    for (const suffix of row.suffixes) {
      if (pattern(suffix).startsWith('*.')) throw refuse(suffix, 'a suffix carries no wildcard');
    }
    const traps = (row.traps ?? []).map((trap) => pattern(trap.pattern));
    const vendor = typeof row.vendor === 'object' ? row.vendor.map(pattern) : row.vendor;
    if (vendor !== undefined && row.confidence === 'inferred') {
      throw refuse(row.id, 'patterns of an inferred row are not verified');
    }
    for (const offered of typeof vendor === 'object' ? vendor : []) {
      if (traps.includes(offered)) throw refuse(offered, 'offered, yet listed as never matching');
      if (isTooBroad(offered)) throw refuse(offered, 'anybody can have a name under it');
    }
    const note = noteOf(row);
    return {
      row,
      vendor,
      provider: {
        id: row.id,
        name: row.name,
        confidence: row.confidence,
        ...(note === undefined ? {} : { note }),
      },
    };
  });
}

const providers = loadProviders(providerRows);

function noteOf(row: ProviderRow): string | undefined {
  if (row.confidence !== 'inferred') return row.note;
  const unknown = `It is not known how the MX hosts of ${row.name} do with senders that honour MTA-STS: start with testing and read the reports.`;
  return row.note === undefined ? unknown : `${unknown} ${row.note}`;
}

/** Finds the provider, the hosts by name, and the vendor's shorter list where one fits all its hosts. */
export function offerMx(hosts: readonly HostName[]): MxOffer {
  const unusable: { host: string; why: string }[] = [];
  const usable: { host: HostName; pattern: MxPattern }[] = [];
  for (const host of new Set(hosts)) {
    const parsed = parseMxPattern(host);
    if (parsed.ok) usable.push({ host, pattern: parsed.value });
    else unusable.push({ host, why: `${parsed.problem.detail} ${parsed.problem.remedy}` });
  }
  const tight = usable.map(({ pattern }) => pattern);
  const main = mainProvider(usable.map(({ host }) => host));
  if (main === undefined) return { tight, unusable };
  const vendor = vendorList(main, usable);
  return {
    provider: main.provider,
    tight,
    ...(vendor === undefined ? {} : { vendor }),
    unusable,
  };
}

/**
 * Why a pattern that people publish for a provider matches none of its MX hosts; undefined for a pattern
 * that matches one of the hosts, or that is right for another provider while the hosts are not known.
 */
export function trapOf(
  pattern: MxPattern,
  hosts: readonly HostName[],
): { readonly provider: Provider; readonly why: string } | undefined {
  if (hosts.some((host) => matches(pattern, host))) return undefined;
  for (const loaded of providers) {
    const trap = loaded.row.traps?.find((entry) => entry.pattern === pattern);
    if (trap === undefined) continue;
    if (hosts.some((host) => rowOf(host) === loaded) || !mayMatchProvider(pattern)) {
      return { provider: loaded.provider, why: trap.why };
    }
  }
  return undefined;
}

function mayMatchProvider(pattern: MxPattern): boolean {
  return providers.some(({ row }) => row.suffixes.some((suffix) => matches(pattern, suffix as HostName)));
}

/**
 * Whether strangers can have names under the pattern: a wildcard right below a public suffix, those of the
 * list's private section (`*.github.io`) included (RFC 8461 §10.4).
 */
export function isTooBroad(pattern: MxPattern): boolean {
  if (!pattern.startsWith('*.')) return false;
  const parent = pattern.slice(2);
  return getPublicSuffix(parent, { allowPrivateDomains: true }) === parent;
}

/** Which pattern matches which host, and why the nearest one does not. */
export function coverage(patterns: readonly MxPattern[], hosts: readonly HostName[]): Coverage {
  const used = new Set<MxPattern>();
  const byHost = hosts.map((host): HostCoverage => {
    const matching = patterns.filter((candidate) => matches(candidate, host));
    for (const each of matching) used.add(each);
    const [pattern] = matching;
    if (pattern !== undefined) return { host, pattern };
    const nearest = nearestPattern(patterns.slice(0, mostCompared), host);
    return nearest === undefined ? { host } : { host, nearest };
  });
  return { byHost, unused: patterns.filter((pattern) => !used.has(pattern)) };
}

function rowOf(host: HostName): LoadedProvider | undefined {
  let best: { loaded: LoadedProvider; length: number } | undefined;
  for (const loaded of providers) {
    const { suffixes, firstLabel } = loaded.row;
    if (firstLabel !== undefined && !host.startsWith(`${firstLabel}.`)) continue;
    for (const suffix of suffixes) {
      if (!endsInLabels(host, suffix) || suffix.length <= (best?.length ?? 0)) continue;
      best = { loaded, length: suffix.length };
    }
  }
  return best?.loaded;
}

function endsInLabels(host: string, suffix: string): boolean {
  return host === suffix || host.endsWith(`.${suffix}`);
}

/** Who runs most of the hosts; of equals, who runs the one that is named first. */
function mainProvider(hosts: readonly HostName[]): LoadedProvider | undefined {
  const counts = new Map<LoadedProvider, number>();
  for (const host of hosts) {
    const loaded = rowOf(host);
    if (loaded !== undefined) counts.set(loaded, (counts.get(loaded) ?? 0) + 1);
  }
  return [...counts].reduce<[LoadedProvider, number] | undefined>(
    (best, entry) => (best !== undefined && best[1] >= entry[1] ? best : entry),
    undefined,
  )?.[0];
}

function vendorList(
  main: LoadedProvider,
  usable: readonly { readonly host: HostName; readonly pattern: MxPattern }[],
): readonly MxPattern[] | undefined {
  if (main.vendor === undefined) return undefined;
  const own = usable.filter(({ host }) => rowOf(host) === main);
  const known =
    main.vendor === 'derive' ? own.flatMap(({ host }) => derive(main.row, host) ?? []) : main.vendor;
  const fitting = [...new Set(known)].filter((pattern) => own.some(({ host }) => matches(pattern, host)));
  if (!own.every(({ host }) => fitting.some((pattern) => matches(pattern, host)))) return undefined;

  const others = usable.filter(({ host }) => rowOf(host) !== main).map(({ pattern }) => pattern);
  const list = [...fitting, ...others];
  const same = list.length === usable.length && usable.every(({ pattern }) => list.includes(pattern));
  return same ? undefined : list;
}

/** `*.h-v1.mx.microsoft` from `x.h-v1.mx.microsoft`; nothing where only one label stands before the suffix. */
function derive({ suffixes }: ProviderRow, host: HostName): MxPattern | undefined {
  const parent = parentOf(host);
  if (!suffixes.some((suffix) => parent.endsWith(`.${suffix}`))) return undefined;
  const parsed = parseMxPattern(`*.${parent}`);
  return parsed.ok ? parsed.value : undefined;
}

function parentOf(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

/**
 * Patterns among which the nearest to a host is looked for. Policies have a handful; 64 KB hold thousands, and
 * fifty hosts beside each of them would take seconds.
 */
const mostCompared = 200;

// A pattern that shares less than this with a host is another host's, not a slip.
const labelsInCommonMin = 2;

function nearestPattern(patterns: readonly MxPattern[], host: HostName): HostCoverage['nearest'] {
  let nearest: { pattern: MxPattern; closeness: number } | undefined;
  for (const pattern of patterns) {
    const common = labelsInCommon(pattern, host);
    const slip = isSlip(pattern, host);
    if (common < labelsInCommonMin && !slip) continue;
    // A slip of the pen first, then a name above the host, then labels; letters decide between equals.
    const above = endsInLabels(host, pattern.replace(/^\*\./, ''));
    const closeness = (slip ? 1000 : 0) + (above ? 500 : 0) + common - distance(pattern, host) / 1000;
    if (nearest === undefined || closeness > nearest.closeness) nearest = { pattern, closeness };
  }
  if (nearest === undefined) return undefined;
  return { pattern: nearest.pattern, why: whyNot(nearest.pattern, host) };
}

// mx1 and mx2 are two hosts, exmaple and example are one: digits that differ are no slip.
function isSlip(pattern: MxPattern, host: HostName): boolean {
  const letters = (name: string) => name.replaceAll(/[0-9]/g, '');
  if (pattern.startsWith('*.') || letters(pattern) === letters(host)) return false;
  return distance(pattern, host) <= 2;
}

function labelsInCommon(pattern: string, host: string): number {
  const left = pattern.split('.').reverse();
  const right = host.split('.').reverse();
  const differing = left.findIndex((label, index) => label !== right[index]);
  return differing === -1 ? left.length : differing;
}

const numberWords = ['no', 'one', 'two', 'three', 'four', 'five', 'six'] as const;

/** Why the pattern does not match the host, and the line that would (RFC 8461 §4.1: `*` is one label). */
function whyNot(pattern: MxPattern, host: HostName): string {
  if (pattern.startsWith('*.')) {
    const parent = pattern.slice(2);
    if (host === parent) {
      return `* stands for one label, so ${pattern} does not match ${parent} itself; add ${host}`;
    }
    if (host.endsWith(`.${parent}`)) {
      const before = host.slice(0, -parent.length - 1).split('.').length;
      return `${numberWords[before] ?? before} labels stand before ${parent}, and * is exactly one; use ${usableWildcard(host)}`;
    }
  } else if (host.endsWith(`.${pattern}`)) {
    return `${pattern} means that one host and no name below it; add ${host}`;
  } else if (isSlip(pattern, host)) {
    return `the spelling differs; write ${host}`;
  }
  const shared = host.split('.').slice(-labelsInCommon(pattern, host)).join('.');
  return `only ${shared} is the same; add ${host}`;
}

/** The wildcard one level above the host where that is narrow enough to advise, else the host. */
function usableWildcard(host: HostName): string {
  const wildcard = parseMxPattern(`*.${parentOf(host)}`);
  return wildcard.ok && !isTooBroad(wildcard.value) ? wildcard.value : host;
}
