/**
 * The few further requests that tell what went wrong at a policy host; none of them is what a sender does.
 * Addresses are looked up elsewhere. URLs that records or answers name are never fetched.
 */
import type { DomainName, HostName } from '../../protocol/domain.ts';
import { parsePolicy } from '../../protocol/mtasts.ts';
import type { FollowUp, HttpResponse, PolicyFetch } from '../observation.ts';
import { contentOf } from '../policy-content.ts';
import type { Door } from './door.ts';
import { askSecurely, httpsPort, policyPath, senderHeaders } from './https.ts';
import { connectPlainly, type PhaseLimits, phaseLimits } from './https-connection.ts';
import { get } from './https-request.ts';

const httpPort = 80;
/** Where people put the file who expect it beside robots.txt. */
const topPath = '/mta-sts.txt';
/** The commonest browser's, as it sends them. */
const browserHeaders = {
  'User-Agent':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language': 'en-US,en;q=0.9',
} as const;

/** What is asked besides, and at which address of the policy host; `domain-itself` has its own. */
export type FollowUpNeeds = ReadonlyMap<FollowUp['what'], string | undefined>;

/**
 * Which further requests would tell more about these fetches of the policy; none when a policy came, or
 * when nothing was measured. Without any fetch (the host has no address) the domain itself may have the file.
 */
export function followUpNeeds(fetches: readonly PolicyFetch[]): FollowUpNeeds {
  const needs = new Map<FollowUp['what'], string | undefined>();
  const answers = fetches.flatMap(({ address, result }) =>
    result.kind === 'response' ? [{ address, response: result.response }] : [],
  );
  const encoded = answers.find(({ response }) => isEncoded(response));
  if (encoded !== undefined) needs.set('identity-encoding', encoded.address);
  const blocked = answers.find(({ response }) => mayBeBlocked(response));
  if (blocked !== undefined) needs.set('browser-agent', blocked.address);

  const isNowhere = answers.every(({ response }) => isElsewhere(response));
  const closed = fetches.find(({ result }) => result.kind === 'failed' && result.at === 'connect');
  if (!isNowhere || (answers.length === 0 && closed === undefined && fetches.length > 0)) return needs;
  needs.set('domain-itself', undefined);
  const [answered] = answers;
  if (answered !== undefined) needs.set('top-of-host', answered.address);
  const reached = answered?.address ?? closed?.address;
  if (reached !== undefined) needs.set('plain-http', reached);
  return needs;
}

/** An answer in the place of the file: the file may be elsewhere. Redirects say themselves where. */
function isElsewhere({ status, body, headers }: HttpResponse): boolean {
  if (status === 200) return isHtml(headers, body);
  return status === 204 || (status >= 400 && status < 500 && status !== 429);
}

/** Refused as a stranger, as too many, or for the time being. */
const blockingStatus: ReadonlySet<number> = new Set([401, 403, 406, 429, 503]);

/** Also a page for people, which may be a challenge. */
function mayBeBlocked({ status, headers, body }: HttpResponse): boolean {
  if (status === 200) return isHtml(headers, body);
  return blockingStatus.has(status) || headers['cf-mitigated'] !== undefined;
}

function isEncoded({ headers }: HttpResponse): boolean {
  const encoding = headers['content-encoding'];
  return encoding !== undefined && encoding.trim().toLowerCase() !== 'identity';
}

function isHtml(headers: HttpResponse['headers'], body: string): boolean {
  return /^text\/html\b/i.test(headers['content-type'] ?? '') || /^\s*<(?:!doctype|html|head)\b/i.test(body);
}

export interface FollowUpTarget {
  readonly domain: DomainName;
  /** The policy host. */
  readonly host: HostName;
  readonly needs: FollowUpNeeds;
  /** Of the domain itself, where `domain-itself` is needed; the first that may be reached is asked. */
  readonly domainAddresses: readonly string[];
  readonly door: Door;
  readonly signal: AbortSignal;
  readonly limits?: PhaseLimits;
}

/** All at the same time, in the order of `needs`; those that the door or the time does not allow are left out. */
export async function followUp(target: FollowUpTarget): Promise<FollowUp[]> {
  const asked = await Promise.all(
    [...target.needs].map(([what, address]) =>
      ask(what, address === undefined ? target.domainAddresses : [address], target),
    ),
  );
  return asked.filter((one) => one !== undefined);
}

async function ask(
  what: FollowUp['what'],
  addresses: readonly string[],
  { domain, host, door, signal, limits = phaseLimits }: FollowUpTarget,
): Promise<FollowUp | undefined> {
  const name = what === 'domain-itself' ? domain : host;
  const path = what === 'top-of-host' ? topPath : policyPath;
  const scheme = what === 'plain-http' ? 'http' : 'https';
  const url = `${scheme}://${name}${path}`;
  for (const address of addresses) {
    const opened = door.open(address, scheme === 'http' ? httpPort : httpsPort);
    if (!opened.ok) continue;
    const to = { endpoint: opened.value, signal, limits };
    const request = { host: name, path, headers: headersFor(what) };
    const response = await (scheme === 'http' ? askPlainly(to, request) : responseOf(to, request));
    return signal.aborted && response === undefined ? undefined : told(what, url, response);
  }
  return undefined;
}

function headersFor(what: FollowUp['what']): Readonly<Record<string, string>> {
  if (what === 'browser-agent') return browserHeaders;
  return what === 'identity-encoding' ? { ...senderHeaders, 'Accept-Encoding': 'identity' } : senderHeaders;
}

type Ask = (
  to: Parameters<typeof askSecurely>[0],
  request: Parameters<typeof askSecurely>[1],
) => Promise<HttpResponse | undefined>;

const responseOf: Ask = async (to, request) => {
  const { result } = await askSecurely(to, request);
  return result.kind === 'response' ? result.response : undefined;
};

const askPlainly: Ask = async (to, request) => {
  const reached = await connectPlainly(to);
  if (reached.kind !== 'reached') return undefined;
  const answered = await get(reached.socket, request, { answerMs: to.limits.answerMs, signal: to.signal });
  return answered.kind === 'response' ? answered.response : undefined;
};

function told(what: FollowUp['what'], url: string, response: HttpResponse | undefined): FollowUp {
  if (response === undefined) return { what, url, isPolicy: false };
  const contentType = response.headers['content-type'];
  return {
    what,
    url,
    status: response.status,
    ...(contentType !== undefined && { contentType }),
    isPolicy: response.status === 200 && parsePolicy(contentOf(response)).value !== undefined,
  };
}
