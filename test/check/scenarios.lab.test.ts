/**
 * Every domain of the local internet, looked at over real sockets and judged: a line for each, with verdict and
 * finding ids, against what its scenario says.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDomain } from '../../src/check/check.ts';
import { createProber, type Prober } from '../../src/check/probes/observe.ts';
import { rules } from '../../src/check/rules/index.ts';
import { readNetwork } from '../../src/config-network.ts';
import { createInternet, type Internet, trustAuthority } from '../../src/local/internet/internet.ts';
import { scenarios } from '../../src/local/internet/scenarios.ts';
import { parseDomain } from '../../src/protocol/domain.ts';
import { unpublishable } from './publishable.ts';
import { smallestChangesSince } from './rules/smallest-changes-history.ts';

/** What is silent on purpose is waited for no longer than this; everything else answers in milliseconds. */
const timeoutMs = 12_000;

let internet: Internet;
let prober: Prober;

beforeAll(async () => {
  internet = await createInternet();
  trustAuthority(internet);
  prober = createProber(readNetwork(internet.env));
});

afterAll(() => internet.stop());

describe('a look at', () => {
  it.concurrent.for(scenarios)('$domain ($title): $expect.verdict', async ({ domain, expect: expected }) => {
    const parsed = parseDomain(domain);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    const { verdict, findings } = await checkDomain(parsed.value, prober, new Date(), { timeoutMs });
    expect(findings.flatMap(({ remedy }) => unpublishable(remedy))).toEqual([]);
    const ids = [...new Set(findings.map(({ id }) => id))];
    expect({ verdict, findings: ids.toSorted() }).toEqual({
      verdict: expected.verdict,
      findings: expected.findings.toSorted(),
    });
  });
});

describe('the table', () => {
  it('has a domain for every rule that one look is enough for', () => {
    const shown = new Set([
      ...scenarios.flatMap(({ expect: { findings } }) => findings),
      ...smallestChangesSince.map(({ id }) => id),
    ]);
    expect(rules.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  });
});
