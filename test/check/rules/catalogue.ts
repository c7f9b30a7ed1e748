/**
 * The ids of everything that can be wrong with a published domain, and why some of them have no rule. Facts
 * that need no mending (severity I of the catalogue) are not in it: they are told by the report; txt.absent is, for
 * what it means where senders hold a policy.
 */

/** Id → what would be needed to find it. */
export const notBuilt: Readonly<Record<string, string>> = {
  'host.cert-revoked': 'needs OCSP or a revocation list',
  'http.cdn-stale': 'needs answers from several edges',
  'smtp.cert-differs-by-attempt': 'needs the certificate of a second connection to each address',
  'smtp.sni-required': 'needs a second connection to each host, without SNI',
  'smtp.revoked': 'needs OCSP or a revocation list',
  'smtp.plaintext-injection': 'needs an attack on the host that is asked',
};

/** Ids of the catalogue, by the beginning of their name. */
export const catalogue: readonly string[] = [
  ...ids(
    'txt',
    'absent absent-but-policy-host multiple malformed near-miss space-before-semicolon id-charset',
  ),
  ...ids('txt', 'id-too-long id-empty trailing-space empty-field duplicate-field unknown-field non-ascii'),
  ...ids('txt', 'unrelated-record-beside wildcard-answer wrong-name cname-dangling cname-loop'),
  ...ids('txt', 'cname-beside-data delegated-half servfail dnssec-bogus ns-inconsistent ttl-long'),
  ...ids('txt', 'id-not-bumped id-reused id-bumped-before-policy'),
  ...ids('host', 'missing cname-dangling private-address ipv6-only address-broken addresses-differ'),
  ...ids('host', 'port-closed tls-too-old tls13-only cert-expired cert-not-yet-valid cert-name-mismatch'),
  ...ids('host', 'cert-self-signed cert-untrusted cert-chain-incomplete cert-cn-only cert-partial-wildcard'),
  ...ids('host', 'cert-expiring cert-revoked cert-weak-key cert-sha1 caa-blocks-issuer sni-alert'),
  ...ids('http', 'redirect status html-body content-type-missing content-type-wrong charset-odd'),
  ...ids('http', 'charset-missing-with-utf8 content-encoding-unasked too-large slow client-blocked'),
  ...ids('http', 'incomplete cdn-stale wrong-place'),
  ...ids('policy', 'malformed bom utf16 nbsp zero-width smart-quotes fullwidth key-case value-case'),
  ...ids('policy', 'misspelt-key leading-space space-before-colon blank-line extra-newline comment'),
  ...ids('policy', 'tab-in-value cr-only lf-cr cr-cr-lf missing-version missing-mode missing-max_age'),
  ...ids('policy', 'missing-mx version-not-first duplicate-field unknown-field mode-testing-long'),
  // Added here: whoever watches a domain wants to know of it, and no other row says it.
  ...ids('policy', 'weakened'),
  ...ids('policy', 'testing-without-tlsrpt max_age-zero max_age-short max_age-over-maximum max_age-jump'),
  ...ids('mx', 'pattern-trailing-dot pattern-leading-dot pattern-star-alone pattern-partial-wildcard'),
  ...ids('mx', 'pattern-inner-wildcard pattern-ip pattern-port pattern-list pattern-url pattern-empty'),
  ...ids('mx', 'pattern-u-label pattern-underscore pattern-single-label pattern-public-suffix'),
  ...ids('mx', 'pattern-own-wildcard pattern-unregistered pattern-duplicate'),
  ...ids('rpt', 'absent multiple malformed near-miss wrong-name rua-no-scheme rua-raw-bang rua-raw-comma'),
  ...ids('rpt', 'rua-raw-semicolon rua-space rua-non-ascii rua-unsupported-scheme dmarc-tags duplicate-rua'),
  ...ids('rpt', 'mailbox-undeliverable mailbox-same-domain https-endpoint ttl-short'),
];

/** Of the MX hosts, SMTP, DANE and the life of a domain. */
export const catalogueOfMail: readonly string[] = [
  ...ids('mx', 'pattern-unused not-covered backup-not-covered none-implicit null cname ip-literal'),
  ...ids('mx', 'nxdomain no-address private-address'),
  ...ids('policy', 'provider-mismatch'),
  ...ids('smtp', 'unreachable starttls-missing starttls-refused tls-handshake tls-too-old cert-expired'),
  ...ids('smtp', 'cert-not-yet-valid cert-self-signed cert-untrusted'),
  ...ids('smtp', 'cert-chain-incomplete cert-name-mismatch cert-cn-only cert-partial-wildcard'),
  ...ids('smtp', 'cert-ip-san-only cert-wrong-eku cert-expiring cert-differs-by-address'),
  ...ids('smtp', 'cert-differs-by-attempt sni-required weak-key sha1 revoked plaintext-injection'),
  ...ids('dane', 'tlsa-mismatch tlsa-without-dnssec self-signed-with-sts partial'),
  'sub.no-inheritance',
  ...ids('enforce', 'too-early unsafe-now'),
  'mx-change.unsafe',
  ...ids('removal', 'premature long-none'),
];

function ids(prefix: string, names: string): readonly string[] {
  return names.split(' ').map((name) => `${prefix}.${name}`);
}
