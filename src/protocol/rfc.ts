/** The sections of the RFCs that this project cites, so that no finding cites one that does not exist. */

/** Section number → title, as printed in the RFC. Add what you cite; look the title up first. */
const sections = {
  1034: { '3.6.2': 'Aliases and canonical names' },
  1035: { '3.3.14': 'TXT RDATA format', '5.1': 'Format' },
  1123: { '2.1': 'Host Names and Numbers' },
  2181: { '10.1': 'CNAME resource records', '10.3': 'MX and NS records' },
  3986: { '2.1': 'Percent-Encoding', '2.2': 'Reserved Characters', '3.1': 'Scheme', '3.2.2': 'Host' },
  4035: { '5.5': 'Resolver Behavior When Signatures Do Not Validate' },
  5321: {
    '2.3.5': 'Domain Names',
    '4.1.2': 'Command Argument Syntax',
    '5.1': 'Locating the Target Host',
  },
  5890: { '2.3.2.1': 'IDNA-valid strings, A-label, and U-label' },
  6068: { '2': "Syntax of a 'mailto' URI" },
  6698: { '2.1': 'TLSA RDATA Wire Format' },
  7489: { '6.2': 'DMARC URIs', '6.3': 'General Record Format', '7.1': 'Verifying External Destinations' },
  7505: { '3': 'MX Resource Records Specifying Null MX', '4': 'Effects of Null MX' },
  7672: { '2.2': 'TLS Discovery', '3.1': 'TLSA Certificate Usages' },
  8460: {
    '1': 'Introduction',
    '3': 'Reporting Policy',
    '3.1': 'Example Reporting Policy',
    '4': 'Reporting Schema',
    '4.1': 'Report Time Frame',
    '4.3': 'Result Types',
    '4.4': 'JSON Report Schema',
    '5': 'Report Delivery',
    '5.1': 'Report Filename',
    '5.3': 'Email Transport',
    '5.4': 'HTTPS Transport',
    '5.5': 'Delivery Retry',
    '7': 'Security Considerations',
  },
  8461: {
    '1': 'Introduction',
    '1.1': 'Terminology',
    '2': 'Related Technologies',
    '3': 'Policy Discovery',
    '3.1': 'MTA-STS TXT Records',
    '3.2': 'MTA-STS Policies',
    '3.3': 'HTTPS Policy Fetching',
    '3.4': 'Policy Selection for Smart Hosts and Subdomains',
    '4': 'Policy Validation',
    '4.1': 'MX Host Validation',
    '4.2': 'Recipient MTA Certificate Validation',
    '5': 'Policy Application',
    '5.1': 'Policy Application Control Flow',
    '6': 'Reporting Failures',
    '7': 'Interoperability Considerations',
    '7.1': 'SNI Support',
    '7.2': 'Minimum TLS Version Support',
    '8': 'Operational Considerations',
    '8.1': 'Policy Updates',
    '8.2': 'Policy Delegation',
    '8.3': 'Removing MTA-STS',
    '8.4': 'Preserving MX Candidate Traversal',
    '9.2': 'MTA-STS TXT Record Fields',
    '9.3': 'MTA-STS Policy Fields',
    '10': 'Security Considerations',
    '10.1': 'Obtaining a Signed Certificate',
    '10.2': 'Preventing Policy Discovery',
    '10.3': 'Denial of Service',
    '10.4': 'Weak Policy Constraints',
    '10.5': 'Compromise of the Web PKI System',
  },
  8615: { '3': 'Well-Known URIs' },
  8659: { '4.2': 'CAA issue Property', '4.3': 'CAA issuewild Property' },
  8996: { '4': 'Do Not Use TLS 1.0', '5': 'Do Not Use TLS 1.1' },
  9110: { '12.5.3': 'Accept-Encoding' },
  9325: { '3.1.1': 'SSL/TLS Protocol Versions' },
  9525: { '6.3': 'Matching the DNS Domain Name Portion' },
  9989: { '1': 'Introduction' },
} as const;

type Sections = typeof sections;

export interface Citation {
  readonly rfc: number;
  readonly section: string;
  /** `RFC 8461 §4.1` */
  readonly label: string;
  /** The section's own title. */
  readonly title: string;
  readonly url: string;
}

/** A section to cite, with its title and address. A section that is not in the table does not compile. */
export function rfc<N extends keyof Sections>(number: N, section: keyof Sections[N] & string): Citation {
  const titles: Readonly<Record<string, string>> = sections[number];
  return {
    rfc: number,
    section,
    label: `RFC ${number} §${section}`,
    title: titles[section] ?? '',
    url: `https://www.rfc-editor.org/rfc/rfc${number}.html#section-${section}`,
  };
}
