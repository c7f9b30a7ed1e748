/** The rules for whether the policy host answers as a sender needs it. The file that it serves is http-file.ts. */
import { quote } from '../../protocol/characters.ts';
import { rfc } from '../../protocol/rfc.ts';
import type { FollowUp, Timings } from '../observation.ts';
import { type Rule, rule } from '../rule.ts';
import { serverMs } from '../seen.ts';
import { raiseByAddress, triedAddresses } from './addresses.ts';
import { isHtml } from './http-file.ts';
import { allAnswers, httpRule } from './http-rule.ts';
import { byAddresses, noPolicy, skip, unasked } from './needs.ts';
import { raiseFailures } from './policy-host-connection.ts';

const fetching = rfc(8461, '3.3');

/** Those that carry a Location for the client to go to (RFC 9110 §15.4). */
const redirects = new Set([301, 302, 303, 307, 308]);

const redirect = httpRule({
  id: 'http.redirect',
  title: 'The policy host redirects',
  silences: ['http.wrong-place'],
  needs: allAnswers,
  faultOf: ({ status, headers: { location } }, _, { policyUrl }) =>
    redirects.has(status)
      ? {
          detail: `${policyUrl} answers ${status}${location === undefined ? '' : ` with Location ${quote(location, 120)}`}. A browser goes there, and senders must not. ${noPolicy}`,
          remedy: `Serve the policy at \`${policyUrl}\` itself, with status 200.`,
        }
      : undefined,
});

const status = httpRule({
  id: 'http.status',
  title: 'The policy host does not answer with status 200',
  needs: allAnswers,
  faultOf: ({ status: code }, _, { policyUrl }) =>
    code === 200 || redirects.has(code)
      ? undefined
      : {
          detail: `${policyUrl} answers ${code}${meanings[code] ?? ''}, and senders take 200 alone. ${noPolicy}`,
          remedy: `Serve the policy at \`${policyUrl}\` with status 200${code === 401 || code === 403 ? ', to everybody and without signing in' : ''}.`,
        },
});

const meanings: Readonly<Record<number, string>> = {
  204: ' (no content)',
  206: ' (a part only)',
  401: ' (signing in is asked for)',
  403: ' (forbidden)',
  404: ' (not found)',
  410: ' (gone)',
  429: ' (too many requests)',
  500: ' (an error of the server)',
  502: ' (an error of the server behind it)',
  503: ' (out of service)',
  504: ' (the server behind it does not answer)',
};

/** What is asked for besides, and where. */
const places: Readonly<Record<FollowUp['what'], string | undefined>> = {
  'domain-itself': 'at the domain itself',
  'top-of-host': 'at the top of the host, outside /.well-known/',
  'plain-http': 'over http:// alone',
  'browser-agent': undefined,
  'identity-encoding': undefined,
};

const wrongPlace = rule({
  id: 'http.wrong-place',
  area: 'http',
  title: 'The policy is served where no sender looks',
  severity: 'error',
  cite: fetching,
  silences: ['http.status', 'http.html-body', 'host.missing', 'host.port-closed'],
  needs: (seen) => {
    const off = unasked(seen);
    if (off !== undefined) return off;
    const { policyBody } = seen;
    if (policyBody !== undefined && !isHtml(policyBody)) return skip('there is a file at the right place');
    const { followUps } = seen.observation.policyHost;
    const others = followUps.filter(({ what }) => places[what] !== undefined);
    return others.length === 0 ? skip('it was not looked for elsewhere') : { seen, others };
  },
  judge: ({ seen: { policyUrl }, others }) => {
    const found = others.find(({ isPolicy }) => isPolicy);
    return found === undefined
      ? []
      : [
          {
            subject: found.url,
            detail: `There is a policy ${places[found.what]}, ${found.url}. Senders look at ${policyUrl} alone and find none there: they deliver as if there were no policy.`,
            remedy: `Serve the same file at \`${policyUrl}\`.`,
          },
        ];
  },
});

const clientBlocked = httpRule({
  id: 'http.client-blocked',
  title: 'The web server keeps mail servers out',
  silences: ['http.status', 'http.html-body'],
  needs: allAnswers,
  faultOf: ({ status: code, headers }, _, { observation, policy, policyUrl }) => {
    const browser = observation.policyHost.followUps.find(({ what }) => what === 'browser-agent');
    const challenged = headers['cf-mitigated'] === 'challenge';
    const onlyBrowsers = browser?.isPolicy === true && policy?.value === undefined;
    if (!challenged && !onlyBrowsers) return undefined;
    return {
      detail: `${policyUrl} answers ${code} ${challenged ? 'with a challenge that only a browser can solve' : 'to what is no browser, and has the policy for a browser'}. Senders are none. ${noPolicy}`,
      remedy: `Exempt \`/.well-known/mta-sts.txt\` from bot protection, such as the Browser Integrity Check of Cloudflare.`,
    };
  },
});

/** postfix-tlspol waits so long; others have 4 and 5 seconds. */
const slowMs = 2_000;

const slow = httpRule({
  id: 'http.slow',
  title: 'The policy comes slowly',
  severity: 'warning',
  faultOf: ({ cut }, answer) =>
    cut === undefined && serverMs(answer) > slowMs
      ? {
          severity: 'warning',
          detail: `It took ${seconds(answer.timings)}. Some senders give up after 2, 4 or 5 seconds and then have no policy.`,
          remedy: 'Serve the policy as a static file, from a host that answers within a second.',
        }
      : undefined,
});

/** In whole seconds and without the smaller phases, so that addresses that are slow alike are told together. */
function seconds({ connectMs = 0, tlsMs = 0, firstByteMs = 0, totalMs }: Timings): string {
  const steps = [
    ['to connect', connectMs],
    ['in the TLS handshake', tlsMs - connectMs],
    ['until the first octet', firstByteMs - Math.max(tlsMs, connectMs)],
    ['for the body', totalMs - firstByteMs],
  ] as const;
  const [longest] = steps.reduce((one, other) => (other[1] > one[1] ? other : one));
  const whole = Math.round(totalMs / 1000);
  return `about ${whole} second${whole === 1 ? '' : 's'}, most of it ${longest}`;
}

const incomplete = rule({
  id: 'http.incomplete',
  area: 'http',
  title: 'The policy does not arrive whole',
  severity: byAddresses,
  cite: fetching,
  needs: triedAddresses,
  judge: (facts) => [
    ...raiseFailures(facts, 'http', (list) => ({
      detail: `The TLS handshake succeeds, and no HTTP answer comes. ${list} ${noPolicy}`,
      remedy: `Mend the web server, so that \`${facts.seen.policyUrl}\` answers with status 200.`,
    })),
    ...raiseByAddress(facts.seen, facts.answers, ({ result: { response } }) => {
      const { cut, body, headers } = response;
      if (response.status !== 200 || (cut !== 'closed' && cut !== 'timeout')) return undefined;
      const announced = headers['content-length'];
      const of = announced === undefined ? '' : ` of ${quote(announced, 20)} that Content-Length announces`;
      return {
        detail: `${body.length} octets came${of}, and then ${cut === 'closed' ? 'the connection was closed' : 'nothing more'}. ${noPolicy}`,
        remedy: 'Serve the whole file at once, with a Content-Length that is true.',
      };
    }),
  ],
});

export const httpRules: readonly Rule[] = [redirect, wrongPlace, clientBlocked, status, incomplete, slow];
