/** Every fault that a certificate may have, once at the policy host and once at an MX host. */
import type { CertificateRequest } from '../authority.ts';
import { broken, enforced, refused, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

interface Fault {
  /** The end of an id of the catalogue, and of a domain's name. */
  readonly name: string;
  /** The end of the title. */
  readonly told: string;
  readonly certificate: (host: string) => CertificateRequest;
  /** Of a warning: nothing breaks yet. */
  readonly stillWorks?: true;
  /** Where the id ends in another way at the policy host, and where nothing there stands in the catalogue. */
  readonly atPolicyHost?: string;
}

const faults: readonly Fault[] = [
  { name: 'expired', told: 'has expired', certificate: () => ({ daysLeft: -2 }) },
  { name: 'not-yet-valid', told: 'is not valid yet', certificate: () => ({ daysLeft: 95 }) },
  {
    name: 'name-mismatch',
    told: 'is for another name',
    certificate: (host) => ({ names: [`www.${host.slice(host.indexOf('.') + 1)}`] }),
  },
  { name: 'self-signed', told: 'signed itself', certificate: () => ({ signedBy: 'itself' }) },
  {
    name: 'untrusted',
    told: 'comes from an authority that nobody knows',
    certificate: () => ({ signedBy: 'unknown-authority' }),
  },
  {
    name: 'chain-incomplete',
    told: 'is sent without the intermediate one',
    certificate: () => ({ intermediate: 'missing' }),
  },
  {
    name: 'cn-only',
    told: 'has the name in the subject only',
    certificate: (host) => ({ names: [], commonName: host }),
  },
  {
    name: 'partial-wildcard',
    told: 'has a wildcard for a part of a label',
    certificate: (host) => ({ names: [`m*${host.slice(host.indexOf('.'))}`] }),
  },
  {
    name: 'expiring',
    told: 'expires within days',
    certificate: () => ({ daysLeft: 13 }),
    stillWorks: true,
  },
  {
    name: 'wrong-eku',
    told: 'is meant for clients only',
    certificate: () => ({ usage: 'client' }),
    atPolicyHost: 'untrusted',
  },
  {
    name: 'weak-key',
    told: 'has a key of 1024 bits',
    certificate: () => ({ key: 'rsa-1024' }),
  },
];

export const certificateScenarios: readonly Scenario[] = faults.map(
  ({ name, told, certificate, stillWorks, atPolicyHost = name }) => {
    const domain = `cert-${name}.test`;
    const id = `host.cert-${atPolicyHost}`;
    return enforced(
      ['Certificate of the policy host', domain, `The certificate of the policy host ${told}`],
      stillWorks ? remarks(id) : broken(id),
      { policyHost: { certificate: certificate(`mta-sts.${domain}`) } },
    );
  },
);

export const mailCertificateScenarios: readonly Scenario[] = faults.map(
  ({ name, told, certificate, stillWorks }) => {
    const domain = `mx-cert-${name}.test`;
    const id = name === 'weak-key' ? 'smtp.weak-key' : `smtp.cert-${name}`;
    return enforced(
      ['Certificates of mail hosts', domain, `The certificate of the MX host ${told}`],
      stillWorks ? remarks(id) : refused(id),
      { mx: [{ certificate: certificate(`mx.${domain}`) }] },
    );
  },
);
