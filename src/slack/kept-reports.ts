/**
 * The last reports, so that "Show all" and "Share to…" tell of the look that was made and not of a new one. In
 * memory, bounded, for a while: whoever comes later is told so, and looks again.
 */
import { randomBytes } from 'node:crypto';
import type { ToldReport } from './told-report.ts';

export interface KeptReports {
  /** Keeps it for the team; answers the token under which that finds it. */
  keep(report: ToldReport, team: string): string;
  /** Undefined when it is forgotten, never was, or is another team's: what a team remembers stands in its reports. */
  find(token: string, team: string): ToldReport | undefined;
}

/** As long as a response_url lives: until then a private report can be changed in its place. */
const lifetimeMs = 30 * 60_000;
/** A report without its observation is some 10 KB, the largest a few hundred: 30 MB at the very most. */
const reportsMax = 100;

export function createKeptReports(now: () => number): KeptReports {
  const kept = new Map<
    string,
    { readonly report: ToldReport; readonly team: string; readonly until: number }
  >();
  return {
    keep(report, team) {
      const at = now();
      for (const [token, { until }] of kept) {
        if (until > at && kept.size < reportsMax) break;
        kept.delete(token);
      }
      // Nobody guesses it: whoever has the token has seen the report.
      const token = randomBytes(12).toString('base64url');
      kept.set(token, { report, team, until: at + lifetimeMs });
      return token;
    },
    find(token, team) {
      const found = kept.get(token);
      return found?.team === team && found.until > now() ? found.report : undefined;
    },
  };
}
