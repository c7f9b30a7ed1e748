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
  /** The ids where they are others than `host.cert-<name>` and `smtp.cert-<name>`. */
  readonly atPolicyHost?: string;
  readonly atMailHost?: string;
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
    name: 'chain-upper-missing',
    told: 'is sent without the upper one of two intermediates',
    certificate: () => ({ intermediate: 'upper-missing' }),
    atPolicyHost: 'host.cert-chain-incomplete',
    atMailHost: 'smtp.cert-chain-incomplete',
  },
  {
    name: 'chain-upper-expired',
    told: 'is sent with an upper intermediate that has expired',
    certificate: () => ({ intermediate: 'upper-expired' }),
    atPolicyHost: 'host.cert-expired',
    atMailHost: 'smtp.cert-expired',
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
    atPolicyHost: 'host.cert-untrusted',
  },
  {
    name: 'weak-key',
    told: 'has a key of 1024 bits',
    certificate: () => ({ key: 'rsa-1024' }),
    atMailHost: 'smtp.weak-key',
  },
  {
    name: 'sha1',
    told: 'is signed with SHA-1',
    certificate: () => ({ hash: 'SHA-1' }),
    atMailHost: 'smtp.sha1',
  },
];

/** Faults that are told of MX hosts alone. */
const mailFaults: readonly Fault[] = [
  {
    name: 'ip-san-only',
    told: 'is for an IP address only',
    certificate: () => ({ names: [], ipAddresses: ['198.51.100.1'] }),
  },
];

export const certificateScenarios: readonly Scenario[] = faults.map(
  ({ name, told, certificate, stillWorks, atPolicyHost: id = `host.cert-${name}` }) => {
    const domain = `cert-${name}.test`;
    return enforced(
      ['Certificate of the policy host', domain, `The certificate of the policy host ${told}`],
      stillWorks ? remarks(id) : broken(id),
      { policyHost: { certificate: certificate(`mta-sts.${domain}`) } },
    );
  },
);

export const mailCertificateScenarios: readonly Scenario[] = [...faults, ...mailFaults].map(
  ({ name, told, certificate, stillWorks, atMailHost: id = `smtp.cert-${name}` }) => {
    const domain = `mx-cert-${name}.test`;
    return enforced(
      ['Certificates of mail hosts', domain, `The certificate of the MX host ${told}`],
      stillWorks ? remarks(id) : refused(id),
      { mx: [{ certificate: certificate(`mx.${domain}`) }] },
    );
  },
);
