/** Domains with nothing wrong: healthy ones, those of providers, and those without MTA-STS. */
import { allWell, enforced, testing, unprotected, withdrawn } from '../healthy.ts';
import type { Expected, Scenario } from '../scenario.ts';

const group = 'Healthy and ordinary';
const off: Expected = { verdict: 'off', findings: [] };

export const ordinaryScenarios: readonly Scenario[] = [
  unprotected([group, 'example.test', 'Two mail hosts of its own and a backup elsewhere'], off, {
    mx: [{ host: 'mx1', ipv6: {} }, { host: 'mx2' }, { host: 'backup.example.net.', preference: 20 }],
  }),
  enforced([group, 'healthy.test', 'Everything right, in mode enforce'], allWell, {
    mx: [
      { host: 'mx1', ipv6: {} },
      { host: 'mx2', preference: 20 },
    ],
  }),
  testing([group, 'testing.test', 'Everything right, in mode testing'], {
    verdict: 'testing',
    findings: [],
  }),
  withdrawn([group, 'mode-none.test', 'Being withdrawn: mode none'], { verdict: 'off', findings: [] }),
  withdrawn(
    [group, 'mode-none-long.test', 'Being withdrawn, and to be kept for long'],
    { verdict: 'off', findings: ['removal.long-none'] },
    { maxAge: 2_592_000 },
  ),
  unprotected([group, 'google-style.test', 'Google Workspace as it was: five mail hosts'], off, {
    mx: [
      { host: 'aspmx.l.google.com.', preference: 1 },
      { host: 'alt1.aspmx.l.google.com.', preference: 5 },
      { host: 'alt2.aspmx.l.google.com.', preference: 5 },
      { host: 'alt3.aspmx.l.google.com.' },
      { host: 'alt4.aspmx.l.google.com.' },
    ],
  }),
  unprotected([group, 'google-one.test', 'Google Workspace as it is now: one mail host'], off, {
    mx: [{ host: 'smtp.google.com.', preference: 1 }],
  }),
  unprotected(
    [group, 'microsoft-style.test', 'Microsoft 365 with its new names, two labels above mx.microsoft'],
    off,
    { mx: [{ host: 'microsoftstyle-test.h-v1.mx.microsoft.', preference: 0 }] },
  ),
  unprotected([group, 'microsoft-legacy.test', 'Microsoft 365 with its old names'], off, {
    mx: [{ host: 'microsoftlegacy-test.mail.protection.outlook.com.', preference: 0 }],
  }),
  unprotected([group, 'moving.test', 'Halfway from its own host to Google Workspace'], off, {
    mx: [
      { host: 'smtp.google.com.', preference: 5 },
      { host: 'mail', preference: 50 },
    ],
  }),
  enforced(
    [group, 'published.test', 'Has published an MTA-STS record and a TLS-RPT record'],
    { verdict: 'enforced', findings: ['rpt.mailbox-same-domain'] },
    { tlsRpt: ['v=TLSRPTv1; rua=mailto:tls-reports@published.test'] },
  ),
  unprotected([group, 'bücher.test', 'An international name, in DNS xn--bcher-kva.test'], off),
  enforced([group, 'delegated.test', 'Record and policy host are aliases of those of a provider'], allWell, {
    record: ['CNAME delegated-test._mta-sts.sts-host.test'],
    policyHost: { alias: 'delegated-test.sts-host.test' },
    records: ['delegated-test._mta-sts.sts-host.test TXT v=STSv1; id=20261101T080000Z;'],
  }),
  enforced([group, 'wildcard-cert.test', 'One certificate for every host below the domain'], allWell, {
    policyHost: { certificate: { names: ['*.wildcard-cert.test'] } },
    mx: [{ certificate: { names: ['*.wildcard-cert.test'] } }],
  }),
  enforced([group, 'crlf.test', 'A policy with CRLF at the end of each line'], allWell, {
    policy: 'version: STSv1\r\nmode: enforce\r\nmx: mx.crlf.test\r\nmax_age: 2592000\r\n',
  }),
  enforced([group, 'parent-of.test', 'Protected, unlike its subdomain sub.parent-of.test'], allWell),
  unprotected([group, 'sub.parent-of.test', 'A subdomain without a record, below a domain that has one'], {
    verdict: 'off',
    findings: ['sub.no-inheritance'],
  }),
];
