/** `explain hosting`, and each of its recipes alone: `explain nginx`. */
import { rfc } from '../../protocol/rfc.ts';
import { recipes } from './recipes.ts';
import type { Topic, TopicPart } from './topic.ts';

const cites = [rfc(8461, '3.2'), rfc(8461, '3.3'), rfc(8461, '7.1')] as const;

const conditions: TopicPart = {
  text: 'Strict senders take the policy only when all of this holds: status 200, and no redirect, because senders do not follow one; Content-Type text/plain; a certificate of a public authority that names mta-sts.example.com, in date and sent with its whole chain; TLS 1.2 or 1.3; at most 64 KB, best within two seconds. A redirect on port 80 from http to https does no harm: senders never ask there.',
};

const place: TopicPart = {
  text: 'In the recipes write your domain for example.com. Where a folder is named, save the policy as /var/www/mta-sts/.well-known/mta-sts.txt.',
};

const lookAtIt: TopicPart = {
  caption:
    'Look at it as a sender does: the first line says 200, content-type is text/plain, the policy follows. /mta-sts check example.com looks at the rest, too.',
  code: 'curl -i https://mta-sts.example.com/.well-known/mta-sts.txt\n',
  tried: true,
};

const atTheProvider: readonly TopicPart[] = [
  {
    text: 'When your mail provider keeps the policy for you, both names must lead there, and the provider must hold a certificate for mta-sts.example.com. One without the other is half a delegation: senders see a record and find no policy. A reverse proxy of your own may take the place of the second CNAME; a redirect may not.',
  },
  {
    caption: 'Delegation to a provider; its documentation gives the two targets.',
    code: '_mta-sts.example.com. IN CNAME _mta-sts.provider.example.\nmta-sts.example.com.  IN CNAME mta-sts.provider.example.\n',
    tried: true,
  },
];

export const hosting: Topic = {
  name: 'hosting',
  aliases: ['host', 'server', 'serve', 'web', 'policy file', 'file', 'https', 'certificate', 'delegation'],
  title: 'Where the policy file lives',
  lead: 'Senders fetch the policy from https://mta-sts.example.com/.well-known/mta-sts.txt and nowhere else. Any web server can serve that one file.',
  parts: [
    conditions,
    place,
    ...recipes.map(({ caption, code, tried }) => ({ caption, code, tried })),
    ...atTheProvider,
    lookAtIt,
  ],
  cites: [...cites, rfc(8461, '8.2')],
};

/** One topic a recipe, for whoever already knows the server. */
export const hostingOn: readonly Topic[] = recipes.map((recipe) => ({
  name: recipe.name,
  aliases: recipe.aliases,
  title: `The policy file on ${recipe.server}`,
  lead: hosting.lead,
  parts: [conditions, place, { caption: recipe.caption, code: recipe.code, tried: recipe.tried }, lookAtIt],
  cites,
}));
