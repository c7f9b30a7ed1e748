/** DNS servers that answer late, badly or never. */
import { broken, unprotected } from '../healthy.ts';
import type { Expected, Scenario } from '../scenario.ts';

const group = 'DNS itself';
const off: Expected = { verdict: 'off', findings: [] };
const unknown: Expected = { verdict: 'unknown', findings: [] };

export const dnsScenarios: readonly Scenario[] = [
  unprotected([group, 'cut-dns.test', 'DNS cuts off every answer over UDP and gives it over TCP'], off, {
    dns: { faults: [{ kind: 'cuts-udp' }] },
  }),
  unprotected([group, 'slow-dns.test', 'DNS answers after two seconds'], off, {
    dns: { faults: [{ kind: 'slow', delayMs: 2000 }] },
  }),
  unprotected([group, 'silent-dns.test', 'DNS never answers'], unknown, {
    dns: { faults: [{ kind: 'silent' }] },
  }),
  unprotected([group, 'servfail.test', 'DNS fails (SERVFAIL)'], broken('txt.servfail'), {
    dns: { faults: [{ kind: 'fails', rcode: 'SERVFAIL' }] },
  }),
  unprotected([group, 'refused.test', 'DNS refuses to answer (REFUSED)'], unknown, {
    dns: { faults: [{ kind: 'fails', rcode: 'REFUSED' }] },
  }),
  unprotected(
    [group, 'bogus.test', 'A signed zone whose signatures do not fit'],
    broken('txt.dnssec-bogus'),
    { dns: { signed: true, faults: [{ kind: 'bogus' }] } },
  ),
];
