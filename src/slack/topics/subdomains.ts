/** `explain subdomains`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const subdomains: Topic = {
  name: 'subdomains',
  aliases: [
    'subdomain',
    'inheritance',
    'inherit',
    'alias domains',
    'aliases',
    'parent',
    'wildcard',
    'smart host',
  ],
  title: 'Subdomains and alias domains',
  lead: 'A policy covers exactly one domain. Mail to user@mail.example.com is ruled by mail.example.com alone; a sender must not ask the parent.',
  parts: [
    {
      text: 'Every domain that takes mail needs its own record and its own policy host, alias domains with the same MX hosts too. What counts is the part after the @, not the name of the MX host.',
    },
    {
      caption: 'One policy for two domains with the same MX hosts',
      code: '_mta-sts.mail.example.com. IN CNAME _mta-sts.example.com.\nmta-sts.mail.example.com.  IN CNAME mta-sts.example.com.\n',
      tried: true,
    },
    {
      text: 'The web server must then answer for mta-sts.mail.example.com as well, with a certificate that names it. A certificate for *.example.com does not: a star stands for exactly one label.',
    },
    {
      text: 'Copying only the first CNAME is a common half: senders see a record and find no policy.',
    },
    {
      text: 'A name with an address and no MX record takes mail as well, at that address. One that should take none says so with a null MX, and needs no policy.',
    },
    {
      caption: 'A null MX',
      code: 'www.example.com. IN MX 0 .\n',
      tried: true,
    },
    {
      text: 'A sender that hands all mail to a smart host looks for the policy of the smart host, not of the recipient.',
    },
  ],
  cites: [rfc(8461, '3.4'), rfc(8461, '4.1'), rfc(8461, '8.2'), rfc(5321, '5.1'), rfc(7505, '3')],
};
