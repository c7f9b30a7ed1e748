/** `explain dmarc`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const dmarc: Topic = {
  name: 'dmarc',
  aliases: ['spf', 'dkim', 'difference', 'parked', 'spoofing'],
  title: 'DMARC and MTA-STS protect opposite directions',
  lead: 'DMARC protects your name on mail that claims to come from you. MTA-STS protects mail on its way to you. Neither needs the other, and neither can do the work of the other.',
  parts: [
    {
      text: 'SPF, DKIM and DMARC are read by whoever receives mail from your domain. MTA-STS and TLS-RPT are read by whoever sends mail to your domain. So a domain with DMARC at reject can still have its incoming mail read on the way.',
    },
    {
      caption: 'Three records at three names; none replaces another',
      code: '_dmarc.example.com.     IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.com"\n_mta-sts.example.com.   IN TXT "v=STSv1; id=20261201T120000Z3f9c;"\n_smtp._tls.example.com. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@example.com"\n',
      tried: true,
    },
    {
      text: 'They look alike and differ. Subdomains: a DMARC policy reaches subdomains that have none of their own, an MTA-STS policy reaches none. Reports: DMARC sends XML about who used your name; TLS-RPT sends JSON about the TLS to your MX hosts. rua: in TLS-RPT it may also be https, knows no size such as !10m, and needs no authorisation record for another domain.',
    },
    {
      caption: 'A domain that takes and sends no mail needs no MTA-STS. It says so instead:',
      code: 'example.net.        IN MX  0 .\nexample.net.        IN TXT "v=spf1 -all"\n_dmarc.example.net. IN TXT "v=DMARC1; p=reject"\n',
      tried: true,
    },
  ],
  cites: [rfc(8461, '1'), rfc(8461, '3.4'), rfc(8460, '3'), rfc(8460, '7'), rfc(9989, '1'), rfc(7505, '3')],
};
