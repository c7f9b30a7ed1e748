/** Every rule, in the order in which mail meets what they speak of. */
import type { Rule } from '../rule.ts';
import { daneRules } from './dane.ts';
import { domainRules } from './domain.ts';
import { historyIdRules } from './history-ids.ts';
import { historyDomainRules, historyPolicyRules } from './history-life.ts';
import { historyMxRules } from './history-mx.ts';
import { historyAbsenceRules, historyRemovalRules } from './history-removal.ts';
import { httpRules } from './http.ts';
import { httpFileRules } from './http-file.ts';
import { mxRules } from './mx.ts';
import { mxPatternRules } from './mx-patterns.ts';
import { policyRules } from './policy.ts';
import { policyHostRules } from './policy-host.ts';
import { policyHostCertificateRules } from './policy-host-certificate.ts';
import { policyHostConnectionRules } from './policy-host-connection.ts';
import { recordRules } from './record.ts';
import { recordAliasRules } from './record-alias.ts';
import { recordTextRules } from './record-text.ts';
import { smtpRules } from './smtp.ts';
import { tlsRptRules } from './tls-rpt.ts';

export const rules: readonly Rule[] = [
  ...recordRules,
  ...recordAliasRules,
  ...recordTextRules,
  ...historyAbsenceRules,
  ...historyIdRules,
  ...policyHostRules,
  ...policyHostConnectionRules,
  ...policyHostCertificateRules,
  ...httpRules,
  ...httpFileRules,
  ...policyRules,
  ...historyPolicyRules,
  ...mxPatternRules,
  ...historyMxRules,
  ...mxRules,
  ...smtpRules,
  ...daneRules,
  ...tlsRptRules,
  ...domainRules,
  ...historyDomainRules,
  ...historyRemovalRules,
];
