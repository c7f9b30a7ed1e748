/**
 * The rules about a policy that ends while senders hold it (RFC 8461 §8.3): its record is gone, its host, or both.
 * What was held in mode testing loses no mail, and is left to whoever waits for a removal in good order.
 */
import { formatRecord } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { asksForPolicy } from '../asked.ts';
import { endInOrder, renewedRecord } from '../corrections.ts';
import type { LedgerEntry } from '../history.ts';
import { takesNoMail } from '../observation.ts';
import { type Memory, spellInstant } from '../remembered.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { policyIn, servedNow } from '../served.ts';
import { asRaised, recordUnknown, remembering, skip } from './needs.ts';

interface Facts {
  readonly seen: Seen;
  readonly memory: Memory;
  /** DNS says that no record is there, nor what was meant as one. */
  readonly isWithoutRecord: boolean;
  /** What is served, as far as is known, and no record asks for: in any mode but none. */
  readonly orphan: LedgerEntry | undefined;
  /** In mode enforce, the longest of those that senders may hold. */
  readonly enforced: LedgerEntry | undefined;
}

function removalFacts(seen: Seen): Facts | Skip {
  const known = remembering(seen);
  if ('skip' in known) return known;
  if (seen.record === undefined) return recordUnknown;
  if (takesNoMail(seen.observation.mx)) return skip('the domain takes no mail');
  const isWithoutRecord = !asksForPolicy(seen);
  const served = known.memory.ledger.filter(({ goneAt, mode }) => goneAt === null && mode !== 'none');
  return {
    ...known,
    isWithoutRecord,
    orphan: isWithoutRecord ? (served.find(({ mode }) => mode === 'enforce') ?? served.at(-1)) : undefined,
    enforced: known.memory.held.find(({ mode }) => mode === 'enforce'),
  };
}

const absent = rule<Facts>({
  id: 'txt.absent',
  area: 'record',
  title: 'The record is gone while its policy is served',
  severity: asRaised('error; warning where no policy in mode enforce is served'),
  cite: rfc(8461, '3.1'),
  breaks: false,
  silences: ['txt.absent-but-policy-host'],
  needs: removalFacts,
  judge: ({ seen, memory, orphan, enforced }) => {
    // An earlier one in enforce weighs more than what is served in testing.
    if (orphan === undefined || (enforced !== undefined && orphan.mode !== 'enforce')) return [];
    const { recordName, policyUrl } = seen;
    const policy = policyIn(orphan.body);
    const lastId = memory.ledger.findLast(
      ({ id, policyHash }) => id !== null && policyHash === orphan.policyHash,
    )?.id;
    const isFree = !memory.held.some(
      ({ id, policyHash }) => id === lastId && policyHash !== orphan.policyHash,
    );
    const value =
      policy === undefined || (typeof lastId === 'string' && isFree)
        ? formatRecord({ id: lastId ?? '' })
        : renewedRecord(seen, policy);
    return [
      {
        subject: recordName,
        severity: orphan.mode === 'enforce' ? 'error' : 'warning',
        detail: `Senders that come new find no record, and deliver as if there were no policy. Those that hold the policy (mode ${orphan.mode}) go on by it and may fetch it again as long as ${policyUrl} serves it.`,
        remedy: `Publish the TXT record at \`${recordName}\` again: \`${value}\`. To end MTA-STS, serve mode none before the record goes.`,
      },
    ];
  },
});

const premature = rule<Facts>({
  id: 'removal.premature',
  area: 'domain',
  title: 'MTA-STS was removed while senders hold its policy',
  severity: 'error',
  cite: rfc(8461, '8.3'),
  silences: ['host.missing', 'http.status', 'txt.absent-but-policy-host'],
  needs: removalFacts,
  judge: ({ seen, memory, isWithoutRecord, orphan, enforced: held }) => {
    const isHostGone = !isWithoutRecord && isGone(seen);
    if (held === undefined || orphan?.mode === 'enforce' || !(isWithoutRecord || isHostGone)) return [];
    const until = spellInstant(memory.heldUntil(held));
    const safe = spellInstant(memory.expiry?.at ?? memory.heldUntil(held));
    const status = isHostGone ? statusOf(seen) : undefined;
    // The first sentence is all that an alert shows.
    const what =
      status === undefined
        ? `find ${isHostGone ? 'no policy at all' : 'no record'}`
        : `get status ${status} instead of a policy`;
    return [
      {
        subject: isHostGone ? seen.policyHost : seen.recordName,
        ...(isHostGone
          ? {
              title:
                status === undefined
                  ? 'The policy host is gone while senders hold its policy'
                  : 'The policy file is gone while senders hold it',
            }
          : { breaks: false }),
        detail: `Senders that hold the policy in mode enforce go on by it until ${until} at the latest, and ${what} that would end it or allow another MX. All others deliver without protection.`,
        // Where mode none came last, the end was meant.
        remedy: endInOrder(
          seen,
          safe,
          isHostGone && memory.trail.mode?.mode !== 'none' ? 'Serve the policy again' : undefined,
        ),
      },
    ];
  },
});

/** The host has no address, or every address says that there is no such file: nothing that passes by itself. */
function isGone(seen: Seen): boolean {
  const { fetches } = seen.observation.policyHost;
  const { served, elsewhere } = servedNow(seen);
  if (served.length > 0 || elsewhere !== 'nothing') return false;
  return fetches.every(
    ({ result }) =>
      result.kind === 'not-measured' ||
      (result.kind === 'response' && (result.response.status === 404 || result.response.status === 410)),
  );
}

/** What the host answers, where it answers at all. */
function statusOf({ observation }: Seen): number | undefined {
  for (const { result } of observation.policyHost.fetches)
    if (result.kind === 'response') return result.response.status;
  return undefined;
}

export const historyAbsenceRules: readonly Rule[] = [absent];
export const historyRemovalRules: readonly Rule[] = [premature];
