/**
 * What a workspace made and saw of a domain before: for ids that are never used twice, and for rules about changes.
 * Nobody waits for it longer than a third of a second, and everything works without.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '../check/report.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { StoredPublication } from '../store/shapes.ts';
import type { Bot } from './bot.ts';
import { publicationOf, type Records } from './records.ts';
import { remembered, rememberedSoon } from './remembering.ts';

/** An id is compared with these; nobody makes more versions of one policy than that. */
const versionsMax = 200;

/** Newest first; undefined when it cannot be known now. */
export async function earlierPublications(
  bot: Bot,
  domain: DomainName,
): Promise<readonly StoredPublication[] | undefined> {
  return rememberedSoon(bot.store.publications.of(bot.team, domain, versionsMax));
}

/** A store that is being started or changes its server is there again within this; nobody waits for it. */
const keepingMs = 5000;
const againMs = 500;

/** Keeps what was made; false when the store stays away. */
export async function keepPublication(bot: Bot, records: Records): Promise<boolean> {
  const { domain, askedBy, id } = records;
  const { record, policyFile, tlsRpt } = publicationOf(records);
  const made = {
    domain,
    at: bot.now(),
    askedBy,
    id,
    record: record.value,
    policy: policyFile.body,
    tlsRpt: tlsRpt?.value,
  };
  const until = performance.now() + keepingMs;
  for (;;) {
    const kept = await remembered(bot.store.publications.add(bot.team, made));
    if (kept.ok) return true;
    if (bot.stopping.aborted || performance.now() > until) return false;
    // The process stops: what was not kept by then is told at once.
    await delay(againMs, undefined, { signal: bot.stopping }).catch(() => {});
  }
}

/** The report judged with what this workspace saw before; as it was where that cannot be known now. */
export async function withHistory(bot: Bot, report: Report): Promise<Report> {
  const history = await rememberedSoon(bot.store.looks.history(bot.team, report.domain));
  if (history === undefined) return report;
  // Loaded by the look: commands are taken sooner without the rules.
  const { createReport } = await import('../check/report.ts');
  return createReport(report.observation, history);
}
