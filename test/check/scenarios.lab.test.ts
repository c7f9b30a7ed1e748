/**
 * Every domain of the local internet, looked at over real sockets and judged: a line for each, with verdict and
 * finding ids, against what its scenario says.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkDomain } from '../../src/check/check.ts';
import { createProber, type Prober } from '../../src/check/probes/observe.ts';
import { rules } from '../../src/check/rules/index.ts';
import { readNetwork } from '../../src/config-network.ts';
import { createInternet, type Internet, trustAuthority } from '../../src/local/internet/internet.ts';
import type { Expected, Scenario } from '../../src/local/internet/scenario.ts';
import { switches } from '../../src/local/internet/scenarios/switched.ts';
import { scenarios } from '../../src/local/internet/scenarios.ts';
import { parseDomain } from '../../src/protocol/domain.ts';
import { someOfEach } from '../runs.ts';
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

async function look(domain: string) {
  const parsed = parseDomain(domain);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const { verdict, findings } = await checkDomain(parsed.value, prober, new Date(), { timeoutMs });
  expect(findings.flatMap(({ remedy }) => unpublishable(remedy))).toEqual([]);
  return { verdict, findings: [...new Set(findings.map(({ id }) => id))].toSorted() };
}

const sorted = ({ verdict, findings }: Expected): Expected => ({ verdict, findings: findings.toSorted() });

/** What stands in one text comes from there to its rules in one way, and each has its own tests (rules/). */
const readsText = /^(?:txt|policy|mx\.pattern|rpt)[.-]/;

/** What differs on the way from the servers to the verdict. */
function kindsOf({ group, expect: expected, dns, web = [], mail = [] }: Scenario): readonly string[] {
  const servers = [...web, ...mail];
  return [
    group,
    expected.verdict,
    ...expected.findings.filter((id) => !readsText.test(id)),
    ...(dns?.faults ?? []).map(({ kind }) => `DNS: ${kind}`),
    ...servers.flatMap(({ certificate, fault }) => [
      ...(fault === undefined ? [] : [`server: ${fault}`]),
      ...Object.entries(certificate ?? {}).map(([what, value]) =>
        typeof value === 'string' ? `certificate: ${what} ${value}` : `certificate: ${what}`,
      ),
    ]),
  ];
}

/** A look at them takes seconds. */
function isSlow({ dns, web = [], mail = [] }: Scenario): boolean {
  return (
    dns?.faults?.some(({ kind }) => kind === 'silent' || kind === 'slow') === true ||
    [...web, ...mail].some(({ fault }) => fault === 'silent') ||
    web.some(({ pages }) => Object.values(pages).some(({ delayMs, dripMs }) => delayMs ?? dripMs))
  );
}

describe('a look at', () => {
  const chosen = someOfEach(scenarios, kindsOf);
  const slow = new Map<string, ReturnType<typeof look>>();

  beforeAll(() => {
    for (const { domain } of chosen.filter(isSlow)) {
      const looking = look(domain);
      // Its test is what fails.
      looking.catch(() => undefined);
      slow.set(domain, looking);
    }
  });

  it.concurrent.for(chosen.toSorted((one, other) => Number(isSlow(one)) - Number(isSlow(other))))(
    '$domain ($title): $expect.verdict',
    async ({ domain, expect: expected }) => {
      expect(await (slow.get(domain) ?? look(domain))).toEqual(sorted(expected));
    },
  );
});

describe('a switch', () => {
  afterEach(async () => {
    for (const { id } of switches) await internet.switchFault(id, false);
  });

  it.for(switches)('$id ($title): $expect.verdict, and well again', async (one) => {
    const well = scenarios.find(({ domain }) => domain === one.domain)?.expect;
    await internet.switchFault(one.id, true);
    expect(await look(one.domain)).toEqual(sorted(one.expect));
    await internet.switchFault(one.id, false);
    expect(await look(one.domain)).toEqual(well);
  });

  /** What a person would tick together, and what they come to. */
  const together: readonly [faults: readonly string[], Expected][] = [
    [
      ['mx-cert-expired', 'mx-no-starttls'],
      { verdict: 'broken', findings: ['enforce.unsafe-now', 'smtp.cert-expired', 'smtp.starttls-missing'] },
    ],
    [
      ['mx-new', 'mx-cert-expired', 'policy-changed'],
      { verdict: 'broken', findings: ['mx.backup-not-covered', 'smtp.cert-expired'] },
    ],
    [['record-gone', 'policy-host-down'], { verdict: 'off', findings: [] }],
    [['policy-404', 'policy-changed', 'id-changed'], { verdict: 'broken', findings: ['http.status'] }],
    [['mode-none', 'mx-cert-expired'], { verdict: 'off', findings: ['smtp.cert-expired'] }],
  ];

  it.for(together)('beside others: %j', async ([faults, expected]) => {
    // Whatever the order in which they are switched.
    for (const fault of faults.toReversed()) await internet.switchFault(`watched.test/${fault}`, true);
    expect(await look('watched.test')).toEqual(sorted(expected));
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
