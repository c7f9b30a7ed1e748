/** The domains of the local internet, one for each thing that can be right or wrong, in the order of the groups. */
import type { Scenario } from './scenario.ts';
import { certificateScenarios } from './scenarios/certificates.ts';
import { daneScenarios } from './scenarios/dane.ts';
import { dnsScenarios } from './scenarios/dns.ts';
import { httpScenarios } from './scenarios/http.ts';
import { mailHostScenarios } from './scenarios/mail-hosts.ts';
import { mxScenarios } from './scenarios/mx.ts';
import { ordinaryScenarios } from './scenarios/ordinary.ts';
import { policyScenarios } from './scenarios/policy.ts';
import { policyHostScenarios } from './scenarios/policy-host.ts';
import { recordScenarios } from './scenarios/record.ts';
import { switchedScenarios } from './scenarios/switched.ts';
import { tlsRptScenarios } from './scenarios/tls-rpt.ts';

export const scenarios: readonly Scenario[] = [
  ...ordinaryScenarios,
  ...recordScenarios,
  ...policyHostScenarios,
  ...certificateScenarios,
  ...httpScenarios,
  ...policyScenarios,
  ...mxScenarios,
  ...mailHostScenarios,
  ...daneScenarios,
  ...tlsRptScenarios,
  ...dnsScenarios,
  ...switchedScenarios,
];
