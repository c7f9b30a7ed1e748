/** What can be wrong with the TLS-RPT record. */
import { enforced, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

const group = 'TLS reports';

/** A domain that differs from a healthy one in its TLS-RPT records only. */
function reporting(name: string, title: string, finding: string, ...texts: readonly string[]): Scenario {
  return enforced([group, `${name}.test`, title], remarks(finding), { tlsRpt: texts });
}

export const tlsRptScenarios: readonly Scenario[] = [
  reporting('rpt-absent', 'Nobody gets reports', 'rpt.absent'),
  reporting(
    'rpt-two',
    'Two TLS-RPT records',
    'rpt.multiple',
    'v=TLSRPTv1; rua=mailto:tls-reports@reports.test',
    'v=TLSRPTv1; rua=mailto:more@reports.test',
  ),
  reporting('rpt-near-miss', 'v=TLSRPT1', 'rpt.near-miss', 'v=TLSRPT1; rua=mailto:tls-reports@reports.test'),
  reporting('rpt-no-rua', 'A record without rua', 'rpt.malformed', 'v=TLSRPTv1;'),
  enforced([group, 'rpt-wrong-name.test', 'The record stands at _smtp-tlsrpt'], remarks('rpt.wrong-name'), {
    tlsRpt: [],
    records: ['_smtp-tlsrpt.rpt-wrong-name.test TXT v=TLSRPTv1; rua=mailto:tls-reports@reports.test'],
  }),
  reporting(
    'rpt-bang',
    'A limit of size as DMARC has it',
    'rpt.rua-raw-bang',
    'v=TLSRPTv1; rua=mailto:tls-reports@reports.test!10m',
  ),
  reporting(
    'rpt-no-scheme',
    'An address without mailto:',
    'rpt.rua-no-scheme',
    'v=TLSRPTv1; rua=tls-reports@reports.test',
  ),
  reporting(
    'rpt-http',
    'Reports over plain HTTP',
    'rpt.rua-unsupported-scheme',
    'v=TLSRPTv1; rua=http://reports.test/tls',
  ),
  reporting(
    'rpt-comma',
    'A comma in an address',
    'rpt.rua-raw-comma',
    'v=TLSRPTv1; rua=mailto:tls,reports@reports.test',
  ),
  reporting(
    'rpt-semicolon',
    'A semicolon in an address',
    'rpt.rua-raw-semicolon',
    'v=TLSRPTv1; rua=mailto:tls;reports@reports.test',
  ),
  reporting(
    'rpt-space',
    'A space in an address',
    'rpt.rua-space',
    'v=TLSRPTv1; rua=mailto: tls-reports@reports.test',
  ),
  reporting(
    'rpt-non-ascii',
    'A letter outside of ASCII in an address',
    'rpt.rua-non-ascii',
    'v=TLSRPTv1; rua=mailto:jörg@reports.test',
  ),
  reporting(
    'rpt-https-gone',
    'Reports go to a web server that does not exist',
    'rpt.https-endpoint',
    'v=TLSRPTv1; rua=https://gone.reports.test/tls',
  ),
  reporting(
    'rpt-dmarc-tags',
    'Tags of DMARC',
    'rpt.dmarc-tags',
    'v=TLSRPTv1; rua=mailto:tls-reports@reports.test; fo=1; ruf=mailto:more@reports.test',
  ),
  reporting(
    'rpt-duplicate-rua',
    'Two fields rua',
    'rpt.duplicate-rua',
    'v=TLSRPTv1; rua=mailto:tls-reports@reports.test; rua=mailto:more@reports.test',
  ),
  reporting(
    'rpt-undeliverable',
    'Reports go to a domain that takes no mail',
    'rpt.mailbox-undeliverable',
    'v=TLSRPTv1; rua=mailto:tls-reports@null-mx.test',
  ),
  reporting(
    'rpt-same-domain',
    'Reports go to the domain that they are about',
    'rpt.mailbox-same-domain',
    'v=TLSRPTv1; rua=mailto:tls-reports@rpt-same-domain.test',
  ),
  reporting(
    'rpt-short-ttl',
    'A record that is cached for a minute',
    'rpt.ttl-short',
    '60 TXT v=TLSRPTv1; rua=mailto:tls-reports@reports.test',
  ),
];
