/** `explain tls-rpt`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const tlsRpt: Topic = {
  name: 'tls-rpt',
  aliases: ['smtp tls reporting', 'reports', 'report', 'reporting', 'rua', 'rpt', '_smtp._tls'],
  title: 'TLS-RPT: daily reports from senders',
  lead: 'One TXT record asks senders for a daily report on the TLS of their deliveries to you: how many succeeded, which failed, and why. It is how testing shows anything.',
  parts: [
    {
      caption: 'The record, with your own address',
      code: '_smtp._tls.example.com. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"\n',
      tried: true,
    },
    {
      caption: 'Or, for reports over https',
      code: '_smtp._tls.example.com. IN TXT "v=TLSRPTv1; rua=https://reports.example.com/tls"\n',
      tried: true,
    },
    {
      text: 'Exactly one record may begin with v=TLSRPTv1; or senders act as if there were none. Several addresses go into one rua with commas between them. Inside an address write %2C for a comma, %21 for an exclamation mark and %3B for a semicolon.',
    },
    {
      text: 'A report is JSON, mostly gzipped, for one UTC day; it comes on the day after. By mail it is sent even when TLS to you fails, but it does not survive other faults of your mail: an address in another domain, or https, does. Unlike DMARC, another domain needs no authorisation record.',
    },
    {
      text: 'What the failures mean: starttls-not-supported: the host did not offer STARTTLS. certificate-host-mismatch: the certificate does not name the MX host. certificate-expired, certificate-not-trusted: as they say. sts-policy-fetch-error: the policy file could not be fetched. sts-policy-invalid: it was fetched and could not be read. sts-webpki-invalid: the certificate of the policy host failed. validation-failure: anything else, among it an MX host that no mx line matches.',
    },
    {
      text: 'Many senders do not report. No report is not the same as no failure.',
    },
  ],
  cites: [rfc(8460, '3'), rfc(8460, '4.1'), rfc(8460, '4.3'), rfc(8460, '5.3'), rfc(8460, '7')],
};
