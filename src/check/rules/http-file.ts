/** The rules for the file that the policy host serves with status 200, before it is read as a policy. */
import { quote } from '../../protocol/characters.ts';
import { parsePolicy } from '../../protocol/mtasts.ts';
import { rfc } from '../../protocol/rfc.ts';
import { type HttpResponse, octetsOf } from '../observation.ts';
import { contentOf } from '../policy-content.ts';
import type { Rule } from '../rule.ts';
import { filesServed, httpRule } from './http-rule.ts';
import { noPolicy, skip } from './needs.ts';

/** What senders make of the media type and its charset. */
const asPlainText = rfc(8461, '3.2');

/** How much of a body is read to see that it is a web page. */
const headLength = 1_024;

const htmlBody = httpRule({
  id: 'http.html-body',
  title: 'A web page is served in place of the policy',
  silences: ['http.content-type-wrong', 'http.content-type-missing', 'http.too-large'],
  faultOf: (response, _, { policyUrl }) => {
    const content = contentOf(response);
    if (!isHtml(content)) return undefined;
    return {
      detail: `${policyUrl} answers 200 with a web page that begins with ${quote(octetsOf(content).trimStart())}: an error page, or the front page that an application shows for every path. ${noPolicy}`,
      remedy: `Serve the plain text of the policy at \`${policyUrl}\`, beginning with \`version: STSv1\`.`,
    };
  },
});

/** Whether the policy's parser takes the text for a web page. */
export function isHtml(body: Uint8Array): boolean {
  const { problems } = parsePolicy(body.subarray(0, headLength));
  return problems.some(({ id }) => id === 'http.html-body');
}

const asText = 'Serve the file with `Content-Type: text/plain; charset=utf-8`.';
const insist = '6 of 11 senders insist on text/plain and drop the policy.';

const contentTypeMissing = httpRule({
  id: 'http.content-type-missing',
  title: 'The policy has no media type',
  cite: asPlainText,
  faultOf: ({ headers }) =>
    (headers['content-type'] ?? '').trim() === ''
      ? { detail: `The answer has no Content-Type. ${insist}`, remedy: asText }
      : undefined,
});

const contentTypeWrong = httpRule({
  id: 'http.content-type-wrong',
  title: 'The policy has another media type than text/plain',
  cite: asPlainText,
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

/** Whether the file has octets beyond ASCII. */
function isBeyondAscii(response: HttpResponse): boolean {
  return contentOf(response).some((octet) => octet > 0x7f);
}

const charsetOdd = httpRule({
  id: 'http.charset-odd',
  title: 'The policy has an odd charset',
  cite: asPlainText,
  severity: 'warning',
  faultOf: (response) => {
    const { headers } = response;
    const { charset } = contentType(headers);
    if (charset === undefined || /^utf-?8$/.test(charset)) return undefined;
    if (asciiSupersets.test(charset) && !isBeyondAscii(response)) return undefined;
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
  cite: asPlainText,
  severity: 'warning',
  // In a valid policy they stand in such a field.
  silences: ['policy.unknown-field'],
  needs: (seen) => {
    const facts = filesServed(seen);
    if ('skip' in facts) return facts;
    return seen.policy?.value === undefined ? skip('no valid policy is served') : facts;
  },
  faultOf: (response) =>
    contentType(response.headers).charset === undefined && isBeyondAscii(response)
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
  cite: rfc(9110, '12.5.3'),
  severity: 'warning',
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

export const httpFileRules: readonly Rule[] = [
  htmlBody,
  contentTypeMissing,
  contentTypeWrong,
  charsetOdd,
  charsetMissing,
  contentEncoding,
  tooLarge,
];
