/** `explain removal`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const removal: Topic = {
  name: 'removal',
  aliases: ['remove', 'delete', 'stop', 'end', 'opt out', 'rollback', 'uninstall', 'disable', 'off', 'undo'],
  title: 'Ending MTA-STS in good order',
  lead: 'Publish mode none, wait until every policy you ever served has expired, then delete. Deleting first does not help: senders keep the policy they have.',
  parts: [
    {
      text: '1. Serve a policy with mode none and a small max_age. The mx lines may stay, and should: 3 of 11 sender implementations do not take a policy without one.',
    },
    {
      caption: 'The last policy',
      code: 'version: STSv1\nmode: none\nmx: mx1.example.com\nmax_age: 86400\n',
      tried: true,
    },
    {
      text: '2. Publish the TXT record with a new id, so that senders fetch that policy.',
    },
    {
      text: '3. Wait until the last copy is gone. For each policy served before: the last moment it was served, plus its max_age. The latest of these dates counts, and a policy that was replaced long ago may own it.',
    },
    {
      text: 'Example: one policy with max_age 15552000 (180 days) was last served on 2 September 2026, so it lives until 1 March 2027; the next one with 2592000 (30 days) was last served on 1 December 2026, so it lives until 31 December 2026. Delete on 1 March 2027 or later.',
    },
    {
      text: '4. Delete the TXT record first, then the file, then the mta-sts host. Until then keep the certificate valid. Leave no CNAME behind that points to a service you gave up: whoever claims its target can serve a policy in your name.',
    },
    {
      text: 'Lowering max_age alone does not shorten the wait: copies fetched before keep their own. The TLS-RPT record may stay; it serves DANE and plain STARTTLS as well.',
    },
  ],
  cites: [rfc(8461, '8.3'), rfc(8461, '5.1'), rfc(8461, '10.3'), rfc(8460, '1')],
};
