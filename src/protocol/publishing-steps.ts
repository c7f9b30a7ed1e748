/** The steps from nothing to a published policy, and from a policy back to nothing, in the order that is safe. */
import type { Policy } from './mtasts.ts';
import type { Publication, Step } from './publication.ts';
import { rfc } from './rfc.ts';

/** The Content-Type that every known sender takes (RFC 8461 §3.2). */
const policyContentType = 'text/plain; charset=utf-8';

type Names = Omit<Publication, 'steps'>;

/** The steps for this mode; the earlier policy, where it is known, says how long to wait. */
export function stepsOf(names: Names, earlier: Policy | undefined): readonly Step[] {
  return names.policy.mode === 'none' ? removalSteps(names, earlier) : publishingSteps(names);
}

function publishingSteps(names: Names): readonly Step[] {
  const { policyHost } = names;
  return [
    {
      kind: 'policy-host',
      title: `Give ${policyHost} an address in DNS`,
      detail: `An A and AAAA record, or a CNAME, that leads to the web server which is to serve the policy.`,
      cite: rfc(8461, '3.3'),
    },
    {
      kind: 'certificate',
      title: `Get a certificate for ${policyHost}`,
      detail: `From an authority that is publicly trusted, with ${policyHost} among its names (subjectAltName), served together with its intermediates.`,
      cite: rfc(8461, '3.3'),
    },
    policyStep(names),
    recordStep(names),
    ...tlsRptSteps(names),
  ];
}

function policyStep({ policyFile }: Names): Step {
  return {
    kind: 'policy',
    title: `Serve the policy at ${policyFile.url}`,
    detail: `Status 200, Content-Type: ${policyContentType}, and no redirect: senders do not follow one.`,
    cite: rfc(8461, '3.3'),
  };
}

function recordStep({ record, policyFile }: Names): Step {
  return {
    kind: 'record',
    title: `Publish the TXT record at ${record.name}`,
    detail: `Only when ${policyFile.url} shows the policy above, because a new id tells senders to fetch it. It has to be the only TXT record there.`,
    cite: rfc(8461, '8.1'),
  };
}

function tlsRptSteps({ tlsRpt }: Names): readonly Step[] {
  if (tlsRpt === undefined) return [];
  return [
    {
      kind: 'tls-rpt',
      title: `Publish the TLS-RPT record at ${tlsRpt.name}`,
      detail: 'Senders that support it report once a day how TLS went, failures and successes.',
      cite: rfc(8460, '3'),
    },
  ];
}

function removalSteps(names: Names, earlier: Policy | undefined): readonly Step[] {
  const known =
    earlier === undefined || earlier.mode === 'none'
      ? ''
      : ` The policy before this one has max_age ${earlier.maxAgeSeconds} (${spellSeconds(earlier.maxAgeSeconds)}).`;
  return [
    policyStep(names),
    recordStep(names),
    ...tlsRptSteps(names),
    {
      kind: 'wait',
      title: 'Wait until every policy that was served earlier has expired',
      detail: `For each, that is the last moment it may have been served plus its max_age; the latest of these counts. Until then ${names.policyHost} keeps its certificate and goes on serving this policy.${known}`,
      cite: rfc(8461, '8.3'),
    },
    {
      kind: 'removal',
      title: 'Then remove the TXT record, and after it the policy host',
      detail: `That is ${names.record.name}, then ${names.policyHost}. If they go earlier, senders keep applying the policy that they have kept.`,
      cite: rfc(8461, '8.3'),
    },
  ];
}

/** `7 days` for 604800, `365 days 6 hours` for 31557600. */
export function spellSeconds(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const;
  let rest = seconds;
  const parts = units.flatMap(([name, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return count === 0 ? [] : [`${count} ${name}${count === 1 ? '' : 's'}`];
  });
  return parts.length === 0 ? '0 seconds' : parts.join(' ');
}
