/** The rules for what the policy host answers over HTTP, before the policy itself is read. */
import { quote } from '../../protocol/characters.ts';
import { parsePolicy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { bytesOf, type FollowUp, type HttpResponse, type Timings } from '../observation.ts';
import { type Rule, type RuleShape, rule, type Skip } from '../rule.ts';
import type { Answer, Seen } from '../seen.ts';
import { type AddressFault, raiseByAddress, triedAddresses } from './addresses.ts';
import { asRaised, byAddresses, skip, unasked } from './facts.ts';
import { noPolicy, raiseFailures } from './policy-host.ts';

const fetching = rfc(8461, '3.3');

interface Answers {
  readonly seen: Seen;
  /** At least one. */
  readonly answers: readonly Answer[];
}

function allAnswers(seen: Seen): Answers | Skip {
  const facts = triedAddresses(seen);
  if ('skip' in facts) return facts;
  return facts.answers.length === 0
    ? skip('the policy host gave no answer')
    : { seen, answers: facts.answers };
}

function filesServed(seen: Seen): Answers | Skip {
  const facts = allAnswers(seen);
  if ('skip' in facts) return facts;
  const answers = facts.answers.filter(({ result }) => result.response.status === 200);
  return answers.length === 0 ? skip('no answer came with status 200') : { seen, answers };
}

type HttpShape = Pick<RuleShape<Answers>, 'id' | 'title' | 'breaks' | 'silences' | 'supersedes'> & {
  readonly severity?: 'error' | 'warning';
  /** As a rule an error is less where another address works. */
  readonly told?: string;
  readonly needs?: typeof allAnswers;
  readonly faultOf: (response: HttpResponse, answer: Answer, seen: Seen) => AddressFault | undefined;
};

function httpRule({ severity = 'error', told, needs = filesServed, faultOf, ...shape }: HttpShape): Rule {
  return rule<Answers>({
    ...shape,
    area: 'http',
    severity: asRaised(told ?? (severity === 'error' ? byAddresses.told : severity), severity),
    cite: fetching,
    needs,
    judge: ({ seen, answers }) =>
      raiseByAddress(seen, answers, (answer) => faultOf(answer.result.response, answer, seen)),
  });
}

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
    if (seen.policy?.value !== undefined) return skip('the policy is at the right place');
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

/** How much of a body is read to see that it is a web page. */
const headLength = 1_024;

const htmlBody = httpRule({
  id: 'http.html-body',
  title: 'A web page is served in place of the policy',
  silences: ['http.content-type-wrong', 'http.content-type-missing', 'http.too-large'],
  faultOf: ({ body }, _, { policyUrl }) =>
    isHtml(body)
      ? {
          detail: `${policyUrl} answers 200 with a web page that begins with ${quote(body.trimStart())}: an error page, or the front page that an application shows for every path. ${noPolicy}`,
          remedy: `Serve the plain text of the policy at \`${policyUrl}\`, beginning with \`version: STSv1\`.`,
        }
      : undefined,
});

/** Whether the policy's parser takes the text for a web page. */
export function isHtml(body: string): boolean {
  const { problems } = parsePolicy(bytesOf(body.slice(0, headLength)));
  return problems.some(({ id }) => id === 'http.html-body');
}

const asText = 'Serve the file with `Content-Type: text/plain; charset=utf-8`.';
const insist = '6 of the 12 sending implementations that were read insist on text/plain and drop the policy.';

const contentTypeMissing = httpRule({
  id: 'http.content-type-missing',
  title: 'The policy has no media type',
  breaks: false,
  faultOf: ({ headers }) =>
    (headers['content-type'] ?? '').trim() === ''
      ? { detail: `The answer has no Content-Type. ${insist}`, remedy: asText }
      : undefined,
});

const contentTypeWrong = httpRule({
  id: 'http.content-type-wrong',
  title: 'The policy has another media type than text/plain',
  breaks: false,
  faultOf: ({ headers }) => {
    const { mediaType } = contentType(headers);
    return mediaType === undefined || mediaType === 'text/plain'
      ? undefined
      : {
          detail: `Its Content-Type is ${quote(headers['content-type'] ?? '', 100)}. ${insist}`,
          remedy: asText,
        };
  },
});

function contentType(headers: HttpResponse['headers']): { mediaType?: string; charset?: string } {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1])
    .find((value) => value !== undefined);
  return {
    ...(mediaType.trim() === '' ? {} : { mediaType: mediaType.trim() }),
    ...(charset === undefined ? {} : { charset }),
  };
}

/** Every one of them reads ASCII as ASCII. */
const asciiSupersets =
  /^(?:utf-?8|us-ascii|ascii|iso[-_]?8859-?\d{1,2}|latin-?\d|windows-125\d|cp125\d|koi8-[ru])$/;
const nonAscii = /[\x80-\xff]/;

const charsetOdd = httpRule({
  id: 'http.charset-odd',
  title: 'The policy has an odd charset',
  severity: 'warning',
  faultOf: ({ headers, body }) => {
    const { charset } = contentType(headers);
    if (charset === undefined || /^utf-?8$/.test(charset)) return undefined;
    if (asciiSupersets.test(charset) && !nonAscii.test(body)) return undefined;
    return {
      severity: 'warning',
      detail: `Its Content-Type is ${quote(headers['content-type'] ?? '', 100)}. A policy is UTF-8; senders that decode it as they are told read something else, or drop it.`,
      remedy: asText,
    };
  },
});

const charsetMissing = httpRule({
  id: 'http.charset-missing-with-utf8',
  title: 'The policy has characters beyond ASCII and no charset',
  severity: 'warning',
  // In a valid policy they stand in such a field.
  silences: ['policy.unknown-field'],
  needs: (seen) => {
    const facts = filesServed(seen);
    if ('skip' in facts) return facts;
    return seen.policy?.value === undefined ? skip('no valid policy is served') : facts;
  },
  faultOf: ({ headers, body }) =>
    contentType(headers).charset === undefined && nonAscii.test(body)
      ? {
          severity: 'warning',
          detail:
            'Without a charset some senders (postfix-mta-sts-resolver is one) read the file as ASCII and drop it.',
          remedy: `${asText} Or write the policy in ASCII alone.`,
        }
      : undefined,
});

const contentEncoding = httpRule({
  id: 'http.content-encoding-unasked',
  title: 'The policy is compressed although nobody asked for it',
  severity: 'warning',
  silences: ['policy.malformed', 'policy.utf16', 'policy.bom'],
  faultOf: ({ headers }) => {
    const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
    return encoding === '' || encoding === 'identity'
      ? undefined
      : {
          severity: 'warning',
          detail: `It comes with Content-Encoding ${quote(encoding)} to a request without Accept-Encoding. Senders that cannot undo it find no policy.`,
          remedy: 'Serve the file as it is to clients that do not ask for compression.',
        };
  },
});

/** RFC 8461 §3.3 lets a sender stop there. */
const octetsMax = 65_536;
/** chasquid reads no further, and takes what it has. */
const octetsSafe = 10_240;

const tooLarge = httpRule({
  id: 'http.too-large',
  title: 'The policy is too large',
  told: 'error over 64 KiB, warning over 10 KiB',
  faultOf: ({ body, cut, headers }) => {
    const announced = Number(headers['content-length'] ?? 0);
    const octets = cut === 'too-long' ? Math.max(body.length, announced) : body.length;
    const remedy = 'Shorten it: a policy has four kinds of lines, and wildcards can stand for many MX hosts.';
    if (cut === 'too-long' || octets > octetsMax) {
      const size = announced > body.length ? `${announced} octets` : `more than ${octetsMax} octets`;
      return { detail: `The file has ${size}; senders stop reading at 64 KiB. ${noPolicy}`, remedy };
    }
    if (octets <= octetsSafe) return undefined;
    return {
      severity: 'warning',
      detail: `The file has ${octets} octets. chasquid reads the first 10 KiB of it and goes by those.`,
      remedy,
    };
  },
});

/** postfix-tlspol waits so long; others have 4 and 5 seconds. */
const slowMs = 2_000;

const slow = httpRule({
  id: 'http.slow',
  title: 'The policy comes slowly',
  severity: 'warning',
  faultOf: ({ cut }, { timings }) =>
    cut === undefined && timings.totalMs > slowMs
      ? {
          severity: 'warning',
          detail: `${phases(timings)} Some senders give up after 2, 4 or 5 seconds and then have no policy.`,
          remedy: 'Serve the policy as a static file, from a host that answers within a second.',
        }
      : undefined,
});

function phases({ connectMs, tlsMs, firstByteMs, totalMs }: Timings): string {
  const parts = [
    ['connected', connectMs],
    ['TLS', tlsMs],
    ['first octet', firstByteMs],
  ] as const;
  const shown = parts.flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} after ${Math.round(ms)} ms`],
  );
  return `It took ${Math.round(totalMs)} ms${shown.length === 0 ? '' : ` (${shown.join(', ')})`}.`;
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

export const httpRules: readonly Rule[] = [
  redirect,
  wrongPlace,
  clientBlocked,
  status,
  incomplete,
  htmlBody,
  contentTypeMissing,
  contentTypeWrong,
  charsetOdd,
  charsetMissing,
  contentEncoding,
  tooLarge,
  slow,
];
