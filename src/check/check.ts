/** The door of this folder: looks at a domain and judges what was seen. */
import type { DomainName } from '../protocol/domain.ts';
import { type LookOptions, observeDomain, type Prober } from './probes/observe.ts';
import { createReport, type Report } from './report.ts';

/**
 * What a sender would meet at the domain as it is published now, and how to mend it. Takes at most 30 seconds
 * (`options.timeoutMs`); what is not known by then is not measured. Throws nothing that a remote could cause.
 */
export async function checkDomain(
  domain: DomainName,
  prober: Prober,
  now: Date,
  options: LookOptions = {},
): Promise<Report> {
  return createReport(await observeDomain(domain, prober, now, options));
}
