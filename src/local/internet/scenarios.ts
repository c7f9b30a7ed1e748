/**
 * The domains of the local internet: one for each thing that DNS may say or do. Data only; every address
 * is one of documentation (RFC 5737, RFC 3849), and the providers' names lead nowhere.
 */

export interface Scenario {
  /** As a person types it. */
  readonly domain: string;
  /** What it shows, in plain words. */
  readonly title: string;
  /** `name TYPE data`, names in A-labels. The domain exists even without any. */
  readonly records: readonly string[];
  /** What its DNS server does instead of answering well, for every name of the domain. */
  readonly dns?: DnsBehaviour;
}

export type DnsBehaviour =
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'fails'; readonly rcode: 'SERVFAIL' | 'REFUSED' }
  /** Every answer over UDP is cut off, and whole over TCP. */
  | { readonly kind: 'cuts-udp' };

export const scenarios: readonly Scenario[] = [
  {
    domain: 'example.test',
    title: 'Two mail hosts of its own and a backup elsewhere',
    records: [
      'example.test MX 10 mx1.example.test',
      'example.test MX 10 mx2.example.test',
      'example.test MX 20 backup.example.net',
      'mx1.example.test A 192.0.2.11',
      'mx1.example.test AAAA 2001:db8::11',
      'mx2.example.test A 192.0.2.12',
      'backup.example.net A 198.51.100.20',
    ],
  },
  {
    domain: 'google-style.test',
    title: 'Google Workspace as it was: five mail hosts',
    records: [
      'google-style.test MX 1 aspmx.l.google.com',
      'google-style.test MX 5 alt1.aspmx.l.google.com',
      'google-style.test MX 5 alt2.aspmx.l.google.com',
      'google-style.test MX 10 alt3.aspmx.l.google.com',
      'google-style.test MX 10 alt4.aspmx.l.google.com',
    ],
  },
  {
    domain: 'google-one.test',
    title: 'Google Workspace as it is now: one mail host',
    records: ['google-one.test MX 1 smtp.google.com'],
  },
  {
    domain: 'microsoft-style.test',
    title: 'Microsoft 365 with its new names, two labels above mx.microsoft',
    records: ['microsoft-style.test MX 0 microsoftstyle-test.h-v1.mx.microsoft'],
  },
  {
    domain: 'microsoft-legacy.test',
    title: 'Microsoft 365 with its old names',
    records: ['microsoft-legacy.test MX 0 microsoftlegacy-test.mail.protection.outlook.com'],
  },
  {
    domain: 'moving.test',
    title: 'Halfway from its own host to Google Workspace',
    records: [
      'moving.test MX 5 smtp.google.com',
      'moving.test MX 50 mail.moving.test',
      'mail.moving.test A 192.0.2.50',
    ],
  },
  {
    domain: 'published.test',
    title: 'Has published an MTA-STS record and a TLS-RPT record',
    records: [
      'published.test MX 10 mx.published.test',
      'mx.published.test A 192.0.2.61',
      'mta-sts.published.test A 192.0.2.60',
      '_mta-sts.published.test TXT v=STSv1; id=20261101T080000Z;',
      '_smtp._tls.published.test TXT v=TLSRPTv1; rua=mailto:tls-reports@published.test',
    ],
  },
  {
    domain: 'bücher.test',
    title: 'An international name, in DNS xn--bcher-kva.test',
    records: ['xn--bcher-kva.test MX 10 mx.xn--bcher-kva.test', 'mx.xn--bcher-kva.test A 192.0.2.71'],
  },
  {
    domain: 'implicit-mx.test',
    title: 'No MX record, so mail goes to the address of the domain itself',
    records: ['implicit-mx.test A 192.0.2.80', 'implicit-mx.test AAAA 2001:db8::80'],
  },
  {
    domain: 'null-mx.test',
    title: 'Says with a null MX that it takes no mail',
    records: ['null-mx.test MX 0 .', 'null-mx.test A 192.0.2.81'],
  },
  { domain: 'parked.test', title: 'Parked: neither a mail host nor an address', records: [] },
  {
    domain: 'alias.test',
    title: 'An alias (CNAME) of example.test',
    records: ['alias.test CNAME example.test'],
  },
  {
    domain: 'broken-mx.test',
    title: 'MX records that name no host, beside one that does',
    records: [
      'broken-mx.test MX 10 192.0.2.25',
      'broken-mx.test MX 20 mail_1.broken-mx.test',
      'broken-mx.test MX 30 mx2.broken-mx.test;10',
      'broken-mx.test MX 40 .',
      'broken-mx.test MX 50 mx5.broken-mx.test',
      'mx5.broken-mx.test A 192.0.2.55',
    ],
  },
  {
    domain: 'many-mx.test',
    title: 'Thirty mail hosts, more than one datagram holds',
    records: thirtyHosts('many-mx.test'),
  },
  {
    domain: 'cut-dns.test',
    title: 'DNS cuts off every answer over UDP and gives it over TCP',
    records: ['cut-dns.test MX 10 mx.cut-dns.test', 'mx.cut-dns.test A 192.0.2.91'],
    dns: { kind: 'cuts-udp' },
  },
  {
    domain: 'slow-dns.test',
    title: 'DNS answers after two seconds',
    records: ['slow-dns.test MX 10 mx.slow-dns.test', 'mx.slow-dns.test A 192.0.2.92'],
    dns: { kind: 'slow', delayMs: 2000 },
  },
  {
    domain: 'silent-dns.test',
    title: 'DNS never answers',
    records: ['silent-dns.test MX 10 mx.silent-dns.test'],
    dns: { kind: 'silent' },
  },
  {
    domain: 'servfail.test',
    title: 'DNS fails (SERVFAIL)',
    records: ['servfail.test MX 10 mx.servfail.test'],
    dns: { kind: 'fails', rcode: 'SERVFAIL' },
  },
  {
    domain: 'refused.test',
    title: 'DNS refuses to answer (REFUSED)',
    records: ['refused.test MX 10 mx.refused.test'],
    dns: { kind: 'fails', rcode: 'REFUSED' },
  },
];

function thirtyHosts(domain: string): string[] {
  return Array.from({ length: 30 }, (_, at) => {
    const host = `mx${String(at + 1).padStart(2, '0')}.${domain}`;
    return `${domain} MX 10 ${host}`;
  });
}
