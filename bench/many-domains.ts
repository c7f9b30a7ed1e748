/** Healthy domains by the thousand, each with a policy host and an MX of its own, as scenarios of the local internet. */
import { allWell } from '../src/local/internet/healthy.ts';
import type { Scenario } from '../src/local/internet/scenario.ts';

/** Documentation has too few IPv4 addresses for them. */
export const manyDomainsBlock = '10.0.0.0/8';

export function manyDomains(count: number): readonly Scenario[] {
  return Array.from({ length: count }, (_, at) => manyDomain(at));
}

/** Right below a public suffix, as nearly all mail domains are. */
export function manyDomainName(at: number): string {
  return `many-${at}.test`;
}

function manyDomain(at: number): Scenario {
  const domain = manyDomainName(at);
  const [high, low] = [at >> 8, at & 255];
  const [web, mail] = [`10.80.${high}.${low}`, `10.25.${high}.${low}`];
  const [webHost, mailHost] = [`mta-sts.${domain}`, `mx.${domain}`];
  // One for both, as on a small host of its own.
  const certificate = { names: [webHost, mailHost] };
  const body = `version: STSv1\nmode: enforce\nmx: ${mailHost}\nmax_age: 2592000\n`;
  return {
    domain,
    title: 'One of many',
    group: 'Healthy and ordinary',
    expect: allWell,
    records: [
      `${domain} MX 10 ${mailHost}`,
      `${mailHost} A ${mail}`,
      `${webHost} A ${web}`,
      `_mta-sts.${domain} TXT v=STSv1; id=20261101T080000Z;`,
      `_smtp._tls.${domain} 86400 TXT v=TLSRPTv1; rua=mailto:tls-reports@reports.test`,
    ],
    web: [{ host: webHost, addresses: [web], certificate, pages: { '/.well-known/mta-sts.txt': { body } } }],
    mail: [{ host: mailHost, addresses: [mail], certificate }],
  };
}
