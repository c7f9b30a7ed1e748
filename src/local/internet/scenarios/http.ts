/** What can be wrong with the answer to the one GET of a sender. */
import { broken, enforced, policyPath, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

const group = 'HTTP answer';
const html = { 'content-type': 'text/html; charset=utf-8' };

export const httpScenarios: readonly Scenario[] = [
  enforced([group, 'redirect.test', 'Leads on to another place'], broken('http.redirect'), {
    page: { status: 301, headers: { location: `https://www.redirect.test${policyPath}` }, body: '' },
  }),
  enforced([group, 'not-found.test', 'The file is not there'], broken('http.status'), {
    page: { status: 404, headers: html, body: '<!doctype html><h1>Not Found</h1>' },
  }),
  enforced([group, 'server-error.test', 'The server fails'], broken('http.status'), {
    page: { status: 500, headers: html, body: '<!doctype html><h1>Internal Server Error</h1>' },
  }),
  enforced([group, 'no-content.test', 'Says 204 and sends nothing'], broken('http.status'), {
    page: { status: 204, headers: {}, body: '' },
  }),
  enforced([group, 'challenge.test', 'Only browsers get the file'], broken('http.client-blocked'), {
    page: { onlyAgent: 'Mozilla' },
  }),
  enforced([group, 'html.test', 'Every path leads to the page of an application'], broken('http.html-body'), {
    page: { headers: html, body: '<!doctype html><html><title>App</title><div id="root"></div></html>' },
  }),
  enforced([group, 'wrong-type.test', 'The file comes as text/html'], broken('http.content-type-wrong'), {
    page: { headers: html },
  }),
  enforced([group, 'octet-stream.test', 'The file comes as a download'], broken('http.content-type-wrong'), {
    page: { headers: { 'content-type': 'application/octet-stream' } },
  }),
  enforced(
    [group, 'no-type.test', 'The file comes without a media type'],
    broken('http.content-type-missing'),
    {
      page: { headers: {} },
    },
  ),
  enforced([group, 'odd-charset.test', 'The file says that it is UTF-16'], remarks('http.charset-odd'), {
    page: { headers: { 'content-type': 'text/plain; charset=utf-16' } },
  }),
  enforced(
    [group, 'no-charset.test', 'Letters outside of ASCII, and no charset'],
    remarks('http.charset-missing-with-utf8'),
    { policy: `${policyOf('no-charset.test')}contact: Jörg\n` },
  ),
  enforced(
    [group, 'gzip.test', 'Compressed although nobody asked for it'],
    remarks('http.content-encoding-unasked'),
    {
      page: { gzip: true },
    },
  ),
  enforced([group, 'too-large.test', 'A file of 100 KiB'], broken('http.too-large'), {
    policy: padded('too-large.test', 100 * 1024),
  }),
  enforced(
    [group, 'large.test', 'A file of 12 KiB, of which some senders read a part'],
    remarks('http.too-large'),
    {
      policy: padded('large.test', 12 * 1024),
    },
  ),
  enforced([group, 'drip.test', 'One octet every second, without an end'], broken('http.incomplete'), {
    page: { dripMs: 1000 },
  }),
  enforced([group, 'slow.test', 'Answers after three seconds'], remarks('http.slow'), {
    page: { delayMs: 3000 },
  }),
  enforced([group, 'incomplete.test', 'Breaks off before the end'], broken('http.incomplete'), {
    page: { missingOctets: 40 },
  }),
  enforced([group, 'top-of-host.test', 'The file lies at /mta-sts.txt'], broken('http.wrong-place'), {
    page: { status: 404, headers: html, body: '<!doctype html><h1>Not Found</h1>' },
    policyHost: { pages: { '/mta-sts.txt': { body: policyOf('top-of-host.test') } } },
  }),
  enforced([group, 'plain-http.test', 'The file is there over plain HTTP only'], broken('http.wrong-place'), {
    policyHost: { plain: true },
  }),
  enforced([group, 'wrong-host.test', 'The file lies at the domain itself'], broken('http.wrong-place'), {
    page: { status: 404, headers: html, body: '<!doctype html><h1>Not Found</h1>' },
    records: ['wrong-host.test A 192.0.2.251'],
    web: [
      {
        host: 'wrong-host.test',
        addresses: ['192.0.2.251'],
        pages: { [policyPath]: { body: policyOf('wrong-host.test') } },
      },
    ],
  }),
];

function policyOf(domain: string): string {
  return `version: STSv1\nmode: enforce\nmx: mx.${domain}\nmax_age: 2592000\n`;
}

/** With spaces at the end of a line, which senders ignore. */
function padded(domain: string, octets: number): string {
  const body = policyOf(domain);
  return body.replace('enforce', `enforce${' '.repeat(octets - body.length)}`);
}
