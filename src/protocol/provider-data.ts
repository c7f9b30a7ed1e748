/**
 * Who answers behind which MX names, as of November 2026: suffixes, the patterns a vendor documents or is
 * seen to publish, and patterns that are often written and never match. Reading it is left to providers.ts,
 * which refuses whatever is not an mx pattern.
 */

/**
 * `confirmed`: the provider's own documentation, policy or code says so. `observed`: public policies or
 * measurements of others show it working. `inferred`: known from MX names only.
 */
export type Confidence = 'confirmed' | 'observed' | 'inferred';

export interface ProviderRow {
  /** Permanent. */
  readonly id: string;
  readonly name: string;
  readonly confidence: Confidence;
  /** An MX host belongs here when it is one of these or ends in `.` and one of these; the longest wins. */
  readonly suffixes: readonly string[];
  /** Narrows `suffixes` to hosts whose first label is this one, where others share the suffix. */
  readonly firstLabel?: string;
  /**
   * The patterns of the vendor, or `derive`: `*` in the place of the host's first label, because a label
   * that differs from customer to customer stands before the suffix. Never in a row that is inferred.
   */
  readonly vendor?: readonly string[] | 'derive';
  /** One or two sentences that somebody who publishes a policy for these hosts should read. */
  readonly note?: string;
  /** Patterns that people publish for this provider and that match none of its MX hosts. */
  readonly traps?: readonly Trap[];
}

interface Trap {
  readonly pattern: string;
  /** Goes on after "matches none of its MX hosts: ". */
  readonly why: string;
}

export const providerRows: readonly ProviderRow[] = [
  {
    id: 'google-legacy',
    name: 'Google Workspace (5-record MX)',
    confidence: 'confirmed',
    suffixes: ['aspmx.l.google.com', 'googlemail.com'],
    vendor: ['aspmx.l.google.com', '*.aspmx.l.google.com', '*.googlemail.com'],
    note: 'Cover all of alt1 to alt4, not only the first: *.aspmx.l.google.com stands for the four.',
    traps: [
      {
        pattern: '*.google.com',
        why: 'two or three labels stand before google.com, and * is exactly one',
      },
      { pattern: '*.gmail.com', why: 'none of them ends in gmail.com' },
    ],
  },
  {
    id: 'google-new',
    name: 'Google Workspace (single MX smtp.google.com)',
    confidence: 'confirmed',
    suffixes: ['smtp.google.com'],
    note: 'When moving here from the 5-record MX, publish both sets of hosts first.',
    traps: [{ pattern: '*.smtp.google.com', why: 'the one host is smtp.google.com itself' }],
  },
  {
    id: 'google-smtpgoog',
    name: 'Google Workspace (MX under smtp.goog)',
    confidence: 'observed',
    suffixes: ['smtp.goog'],
    note: 'Google does not document these hosts for customers; they are seen working.',
  },
  {
    id: 'gmail-consumer',
    name: 'Gmail (consumer)',
    confidence: 'observed',
    suffixes: ['gmail-smtp-in.l.google.com'],
    vendor: ['gmail-smtp-in.l.google.com', '*.gmail-smtp-in.l.google.com'],
  },
  {
    id: 'm365-legacy',
    name: 'Microsoft 365 (mail.protection.outlook.com)',
    confidence: 'confirmed',
    suffixes: ['mail.protection.outlook.com'],
    vendor: ['*.mail.protection.outlook.com'],
    note: "Microsoft documents the wildcard; it also accepts every other tenant's name, so your own host is the tighter choice.",
  },
  {
    id: 'm365-mx-microsoft',
    name: 'Microsoft 365 (mx.microsoft)',
    confidence: 'confirmed',
    suffixes: ['mx.microsoft'],
    vendor: 'derive',
    note: 'While mail moves here from mail.protection.outlook.com, list the old and the new host.',
    traps: [{ pattern: '*.mx.microsoft', why: 'two labels stand before mx.microsoft, and * is exactly one' }],
  },
  {
    id: 'm365-gcch',
    name: 'Microsoft 365 GCC High / DoD',
    confidence: 'inferred',
    suffixes: ['mail.protection.office365.us'],
  },
  {
    id: 'm365-china',
    name: 'Microsoft 365 operated by 21Vianet',
    confidence: 'inferred',
    suffixes: ['mail.protection.partner.outlook.cn'],
  },
  {
    id: 'outlook-consumer',
    name: 'Outlook.com / Hotmail / Live',
    confidence: 'observed',
    suffixes: ['olc.protection.outlook.com'],
    vendor: ['*.olc.protection.outlook.com'],
  },
  {
    id: 'proofpoint-pps',
    name: 'Proofpoint Enterprise',
    confidence: 'inferred',
    suffixes: ['pphosted.com'],
  },
  {
    id: 'proofpoint-essentials',
    name: 'Proofpoint Essentials',
    confidence: 'inferred',
    suffixes: ['ppe-hosted.com'],
  },
  {
    id: 'mimecast',
    name: 'Mimecast',
    confidence: 'inferred',
    suffixes: ['mimecast.com', 'mimecast.co.za', 'mimecast-offshore.com'],
  },
  {
    id: 'barracuda',
    name: 'Barracuda Email Gateway Defense',
    confidence: 'inferred',
    suffixes: [
      'ess.barracudanetworks.com',
      'ess.uk.barracudanetworks.com',
      'ess.de.barracudanetworks.com',
      'cudasvc.com',
    ],
  },
  {
    id: 'cisco-iphmx',
    name: 'Cisco Secure Email',
    confidence: 'inferred',
    suffixes: ['iphmx.com'],
    note: 'Each customer configures the certificate there, so look at the TLS reports before enforce.',
    traps: [{ pattern: '*.iphmx.com', why: 'two labels stand before iphmx.com, and * is exactly one' }],
  },
  {
    id: 'trendmicro',
    name: 'Trend Micro Email Security',
    confidence: 'inferred',
    suffixes: [
      'in.tmes.trendmicro.com',
      'in.tmes.trendmicro.eu',
      'in.tmes-anz.trendmicro.com',
      'in.tmes-sg.trendmicro.com',
      'in.tmes-in.trendmicro.com',
      'in.tmems-jp.trendmicro.com',
      'in.hes.trendmicro.com',
    ],
  },
  { id: 'sophos', name: 'Sophos Email', confidence: 'inferred', suffixes: ['prod.hydra.sophos.com'] },
  {
    id: 'symantec',
    name: 'Symantec Email Security.cloud',
    confidence: 'inferred',
    suffixes: ['messagelabs.com'],
    traps: [
      {
        pattern: '*.messagelabs.com',
        why: 'a cluster and a region stand before messagelabs.com, and * is exactly one label',
      },
    ],
  },
  {
    id: 'forcepoint',
    name: 'Forcepoint Email Security Cloud',
    confidence: 'inferred',
    suffixes: ['mailcontrol.com'],
  },
  {
    id: 'hornetsecurity',
    name: 'Hornetsecurity',
    confidence: 'inferred',
    suffixes: ['hornetsecurity.com', 'antispameurope.com'],
  },
  {
    id: 'zoho',
    name: 'Zoho Mail',
    confidence: 'confirmed',
    suffixes: ['zoho.com', 'zoho.eu', 'zoho.in', 'zoho.com.au', 'zoho.jp', 'zohocloud.ca', 'zohomail.com'],
    note: "Zoho's admin console checks the published policy; you serve the file yourself.",
  },
  { id: 'fastmail', name: 'Fastmail', confidence: 'observed', suffixes: ['messagingengine.com'] },
  {
    id: 'proton',
    name: 'Proton Mail',
    confidence: 'confirmed',
    suffixes: ['protonmail.ch'],
    note: 'Proton states support for its own domains, and many custom domains run it; you serve the file yourself.',
  },
  {
    id: 'icloud',
    name: 'iCloud Mail',
    confidence: 'observed',
    suffixes: ['mail.icloud.com'],
    vendor: ['*.mail.icloud.com'],
  },
  {
    id: 'ses-inbound',
    name: 'Amazon SES / WorkMail',
    confidence: 'observed',
    suffixes: ['amazonaws.com'],
    firstLabel: 'inbound-smtp',
    traps: [
      {
        pattern: '*.amazonaws.com',
        why: 'a region stands between inbound-smtp and amazonaws.com, and * is exactly one label',
      },
    ],
  },
  { id: 'yandex', name: 'Yandex 360', confidence: 'inferred', suffixes: ['mx.yandex.net', 'mx.yandex.ru'] },
  { id: 'mailgun', name: 'Mailgun', confidence: 'inferred', suffixes: ['mailgun.org'] },
  {
    id: 'sendgrid',
    name: 'Twilio SendGrid Inbound Parse',
    confidence: 'inferred',
    suffixes: ['mx.sendgrid.net'],
    note: 'It usually takes the mail of a subdomain, which needs a policy of its own.',
  },
  { id: 'rackspace', name: 'Rackspace Email', confidence: 'inferred', suffixes: ['emailsrvr.com'] },
  { id: 'ovh', name: 'OVHcloud', confidence: 'inferred', suffixes: ['mail.ovh.net', 'ovh.net'] },
  {
    id: 'ionos',
    name: 'IONOS',
    confidence: 'inferred',
    suffixes: [
      'ionos.com',
      'ionos.co.uk',
      'ionos.de',
      'ionos.fr',
      'ionos.es',
      'ionos.it',
      'kundenserver.de',
      '1and1.com',
    ],
    traps: [{ pattern: 'mout.kundenserver.de', why: 'that host sends mail and takes none' }],
  },
  { id: 'gandi', name: 'Gandi Mail', confidence: 'inferred', suffixes: ['mail.gandi.net'] },
  { id: 'hetzner', name: 'Hetzner', confidence: 'inferred', suffixes: ['your-server.de'] },
  { id: 'migadu', name: 'Migadu', confidence: 'observed', suffixes: ['migadu.com'] },
  {
    id: 'cloudflare-routing',
    name: 'Cloudflare Email Routing',
    confidence: 'confirmed',
    suffixes: ['mx.cloudflare.net'],
    vendor: ['*.mx.cloudflare.net'],
    note: "With a policy of your own, publish your own TXT record: a CNAME to _mta-sts.mx.cloudflare.net carries Cloudflare's id, which you cannot change.",
  },
  { id: 'improvmx', name: 'ImprovMX', confidence: 'inferred', suffixes: ['improvmx.com'] },
  { id: 'forwardemail', name: 'Forward Email', confidence: 'confirmed', suffixes: ['forwardemail.net'] },
  {
    id: 'simplelogin',
    name: 'SimpleLogin / addy.io',
    confidence: 'inferred',
    suffixes: ['simplelogin.co', 'addy.io', 'anonaddy.me'],
  },
  { id: 'purelymail', name: 'Purelymail', confidence: 'observed', suffixes: ['purelymail.com'] },
  { id: 'mailboxorg', name: 'mailbox.org', confidence: 'observed', suffixes: ['mailbox.org'] },
  {
    id: 'tuta',
    name: 'Tuta',
    confidence: 'confirmed',
    suffixes: ['mail.tutanota.de'],
    note: 'Tuta serves the policy for you: make both _mta-sts and mta-sts of your domain a CNAME to mta-sts.tutanota.de, and publish no TXT record of your own beside it.',
  },
  {
    id: 'yahoo',
    name: 'Yahoo / AOL',
    confidence: 'observed',
    suffixes: ['yahoodns.net'],
    vendor: ['*.am0.yahoodns.net'],
  },
  {
    id: 'privateemail',
    name: 'Namecheap Private Email',
    confidence: 'inferred',
    suffixes: ['privateemail.com'],
  },
  { id: 'godaddy', name: 'GoDaddy Workspace Email', confidence: 'inferred', suffixes: ['secureserver.net'] },
];
