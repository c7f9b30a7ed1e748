/**
 * A report as it is told in Slack, and what its buttons carry. The whole report does not fit a button: they carry
 * its token (kept-reports.ts) and what a new look needs.
 */
import { z } from 'zod';
import type { PublicationComparison } from '../check/compare-publication.ts';
import type { Report } from '../check/report.ts';
import { type DomainName, parseDomain } from '../protocol/domain.ts';
import { type Records, readRecords, recordsValue, valueCharsMax } from './records.ts';

/** Without what is never shown, which is most of it. */
export interface ToldReport extends Omit<Report, 'observation' | 'passed' | 'skipped'> {
  /** Against the records from which the look was asked for. */
  readonly comparison?: PublicationComparison;
  /** Those records, so that looking again compares again. */
  readonly generated?: Records;
}

export function toldReport(
  report: Report,
  compared?: { readonly comparison: PublicationComparison; readonly generated: Records },
): ToldReport {
  const { observation: _observation, passed: _passed, skipped: _skipped, ...told } = report;
  return { ...told, ...compared };
}

export interface ReportButton {
  readonly domain: DomainName;
  /** Of the kept report. */
  readonly token: string;
  /** Only one person sees the message: it may be replaced. */
  readonly isPrivate: boolean;
  /** Whether the message shows everything already. */
  readonly showsAll: boolean;
  readonly generated?: Records;
}

/** The first item of every value: another number means another shape. */
const version = 1;
const valueShape = z.tuple([
  z.literal(version),
  z.string(),
  z.string().regex(/^[A-Za-z0-9_-]{0,40}$/),
  z.boolean(),
  z.boolean(),
  z.string().nullable(),
]);

/** At most 2000 characters; records that are longer than that are left out. */
export function reportValue({ domain, token, isPrivate, showsAll, generated }: ReportButton): string {
  const value = (records: string | null) =>
    JSON.stringify([version, domain, token, isPrivate, showsAll, records] satisfies z.input<
      typeof valueShape
    >);
  const whole = value((generated === undefined ? undefined : recordsValue(generated)) ?? null);
  return whole.length > valueCharsMax ? value(null) : whole;
}

/** From a button's value or a modal's private_metadata; undefined when it is none of ours. */
export function readReportButton(value: unknown): ReportButton | undefined {
  const parsed = valueShape.safeParse(parseJson(value));
  if (!parsed.success) return undefined;
  const [, name, token, isPrivate, showsAll, records] = parsed.data;
  const domain = parseDomain(name);
  if (!domain.ok) return undefined;
  const generated = records === null ? undefined : readRecords({ value: records });
  return {
    domain: domain.value,
    token,
    isPrivate,
    showsAll,
    ...(generated?.ok ? { generated: generated.value } : {}),
  };
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
