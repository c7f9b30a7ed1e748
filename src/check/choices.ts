/**
 * Choices that are valid and yet unwise for this domain, before anything is published. Whether the text is
 * valid at all is for mtasts.ts to say, how the published thing works for the live check.
 */
import type { DomainName } from '../protocol/domain.ts';
import type { Severity } from '../protocol/fault.ts';
import { formatPolicy, type Policy, parsePolicy } from '../protocol/mtasts.ts';
import { spellSeconds } from '../protocol/publishing-steps.ts';
import { type Citation, rfc } from '../protocol/rfc.ts';
import type { Rua } from '../protocol/tlsrpt.ts';
import { reviewCoverage, reviewPatterns } from './mx-choices.ts';
import type { MxObservation } from './observation.ts';

/** One unwise choice. Ids are permanent and shared with the live check. */
export interface Caution {
  /** Such as `enforce.too-early`. */
  readonly id: string;
  readonly severity: Severity;
  /** What it is about: an mx pattern, a host, a field. */
  readonly subject: string;
  /** States the fact, as a heading. */
  readonly title: string;
  /** What is so, and what senders do about it: one or two sentences that stand without the title. */
  readonly text: string;
  /** An imperative. */
  readonly remedy: string;
  readonly cite: Citation;
}

export interface Choices {
  readonly domain: DomainName;
  readonly policy: Policy;
  /** What DNS says now; undefined or unknown: nothing is said about the MX. */
  readonly mx: MxObservation | undefined;
  /** Undefined: nothing is said about reports. */
  readonly rua?: readonly Rua[] | undefined;
  /** The policy before this one, where it is known. */
  readonly previous?: Policy | undefined;
}

/** The unwise choices, those that lose mail first. */
export function reviewChoices(choices: Choices): readonly Caution[] {
  const own = [
    ...reviewMail(choices),
    ...reviewCoverage(choices),
    ...reviewPatterns(choices),
    ...reviewMode(choices),
  ];
  const cautions = [...own, ...reviewText(choices).filter(({ id }) => !own.some((said) => said.id === id))];
  const rank = { error: 0, warning: 1, notice: 2 };
  return cautions.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}

function reviewMail({ domain, policy, mx }: Choices): readonly Caution[] {
  return mx === undefined || policy.mode === 'none' ? [] : reviewMailOf(domain, mx);
}

/** Domains that take no mail, or take it without saying where: what a policy for them means. */
export function reviewMailOf(domain: DomainName, mx: MxObservation): readonly Caution[] {
  const parked = {
    severity: 'warning',
    subject: domain,
    remedy:
      'Publish no policy for it. Where one was published before, choose mode none, so that senders forget it.',
  } as const;
  switch (mx.kind) {
    case 'null-mx':
      return [
        {
          ...parked,
          id: 'mx.null',
          title: 'The domain takes no mail',
          text: `${domain} takes no mail (null MX), so there is nothing for a policy to protect.`,
          cite: rfc(7505, '3'),
        },
      ];
    case 'no-mail':
      return [
        {
          ...parked,
          id: 'mx.no-mail-at-all',
          title: 'The domain takes no mail',
          text: `${domain} has neither MX nor address, so no mail can reach it and a policy protects nothing.`,
          remedy: `${parked.remedy} A null MX (MX 0 .) says that it takes no mail.`,
          cite: rfc(5321, '5.1'),
        },
      ];
    case 'nxdomain':
      return [
        {
          ...parked,
          id: 'mx.no-mail-at-all',
          title: 'The domain does not exist',
          text: `${domain} does not exist in DNS, so no sender will look for its policy.`,
          remedy: 'Check the spelling of the domain, or publish its MX first.',
          cite: rfc(5321, '5.1'),
        },
      ];
    case 'implicit':
      return [
        {
          id: 'mx.none-implicit',
          title: 'The domain has no MX record',
          severity: 'warning',
          subject: domain,
          text: `${domain} has no MX, only an address, so senders take ${domain} itself as its mail host.`,
          remedy: `Publish an MX record. Until then the policy has to list ${mx.host}; if ${domain} takes no mail, publish a null MX (MX 0 .) and no policy.`,
          cite: rfc(5321, '5.1'),
        },
      ];
    default:
      return [];
  }
}

// Mode none only has to be known until the removal: a week is plenty.
const noneMaxAgeSeconds = 604_800;

/** What the mode brings with it, beside what its hosts do. */
export function reviewMode({ domain, policy, rua, previous }: Choices): readonly Caution[] {
  const { mode, maxAgeSeconds } = policy;
  if (mode === 'enforce' && previous?.mode !== 'enforce') {
    return [
      {
        id: 'enforce.too-early',
        title: 'Enforce comes before testing',
        severity: 'warning',
        subject: 'mode',
        text: `From now on senders refuse every MX of ${domain} that fails, and a mistake in the policy or a certificate holds up mail.`,
        remedy:
          'Publish mode testing first, and go to enforce when the reports of two weeks show no failure.',
        cite: rfc(8461, '5'),
      },
    ];
  }
  if (mode === 'testing' && rua?.length === 0) return [testingUnheard(domain)];
  if (mode === 'none' && maxAgeSeconds > noneMaxAgeSeconds) {
    return [
      {
        id: 'removal.long-none',
        title: 'Mode none is kept for long',
        severity: 'notice',
        subject: 'max_age',
        text: `Mode none is kept for ${spellSeconds(maxAgeSeconds)}; it needs to be kept only until the removal.`,
        remedy: 'Write max_age 86400.',
        cite: rfc(8461, '8.3'),
      },
    ];
  }
  return [];
}

/** Mode testing without a TLS-RPT record; also of a domain that is published so. */
export function testingUnheard(domain: DomainName): Caution {
  return {
    id: 'policy.testing-without-tlsrpt',
    title: 'Nobody hears what testing finds',
    severity: 'warning',
    subject: 'rua',
    text: 'In mode testing senders tell of failures by TLS-RPT alone, and without that record nobody learns of them.',
    remedy: `Give an address for the reports, such as mailto:tls-reports@${domain}.`,
    cite: rfc(8460, '3'),
  };
}

/** What the parser finds unwise in the text itself, such as a short max_age. */
function reviewText({ policy }: Choices): readonly Caution[] {
  const body = formatPolicy(policy);
  const lines = body.split('\n');
  return parsePolicy(body).advice.map(({ id, severity, title, detail, remedy, cite, line }) => ({
    id,
    severity,
    subject: lines[line - 1] ?? '',
    title,
    text: detail,
    remedy,
    cite,
  }));
}
