/**
 * What a workspace made and saw of a domain before: for ids that are never used twice, and for rules about changes.
 * Nobody waits for it longer than a third of a second, and everything works without.
 */
import { createReport, type Report } from '../check/report.ts';
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

/** Keeps what was made; false when the store is away. */
export async function keepPublication(bot: Bot, records: Records): Promise<boolean> {
  const { domain, askedBy, id } = records;
  const { record, policyFile, tlsRpt } = publicationOf(records);
  const kept = await remembered(
    bot.store.publications.add(bot.team, {
      domain,
      at: bot.now(),
      askedBy,
      id,
      record: record.value,
      policy: policyFile.body,
      tlsRpt: tlsRpt?.value,
    }),
  );
  return kept.ok;
}

/** The report judged with what this workspace saw before; as it was where that cannot be known now. */
export async function withHistory(bot: Bot, report: Report): Promise<Report> {
  const history = await rememberedSoon(bot.store.looks.history(bot.team, report.domain));
  return history === undefined ? report : createReport(report.observation, history);
}
