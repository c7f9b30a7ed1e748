/** `explain modes`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const modes: Topic = {
  name: 'modes',
  aliases: ['mode', 'testing', 'enforce', 'none', 'test', 'enforced', 'report only'],
  title: 'The three modes',
  lead: 'The mode tells senders what to do about an MX host that fails. It changes nothing for hosts that pass.',
  parts: [
    {
      text: 'A host fails when no mx line matches its name, when it does not offer STARTTLS, or when its certificate is out of date, not from a trusted authority, or does not name the MX host itself.',
    },
    {
      text: 'testing: senders that implement TLS-RPT report the failure, and all of them deliver as before. Start here, with a TLS-RPT record.',
    },
    {
      text: 'enforce: senders do not deliver to the host that fails. They try the next MX; when none is left they keep the message and try again later, as with a host that is down.',
    },
    {
      text: 'none: senders act as if there were no policy. It is for ending MTA-STS in good order; a domain that never had a policy publishes nothing at all.',
    },
    {
      text: 'A policy that cannot be fetched stops no mail by itself. A sender that has a copy still in date goes on using it, in the mode it says; a sender that has none delivers as if there were no MTA-STS.',
    },
    {
      caption: 'The line in the policy file, in lower case; a new id in the TXT record goes with each change',
      code: 'mode: testing\n',
      tried: true,
    },
  ],
  cites: [rfc(8461, '5'), rfc(8461, '4.1'), rfc(8461, '4.2'), rfc(8461, '3.3'), rfc(8461, '8.3')],
};
