/** What can be wrong with the TXT record at `_mta-sts`. */
import { allWell, broken, enforced, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';

const group = 'Record in DNS';
const good = 'v=STSv1; id=20261101T080000Z;';

export const recordScenarios: readonly Scenario[] = [
  enforced(
    [group, 'no-record.test', 'A policy is served, and no record tells of it'],
    { verdict: 'off', findings: ['txt.absent-but-policy-host'] },
    { record: [] },
  ),
  enforced([group, 'two-records.test', 'Two MTA-STS records'], broken('txt.multiple'), {
    record: [good, 'v=STSv1; id=20251001T000000Z;'],
  }),
  enforced([group, 'split-strings.test', 'One record in three strings, which is right'], allWell, {
    record: ['"v=STSv1; i" "d=20261101" "T080000Z;"'],
  }),
  enforced([group, 'split-with-space.test', 'Split where a space was meant'], broken('txt.id-charset'), {
    record: ['"v=STSv1; id=20261101" " T080000Z;"'],
  }),
  enforced([group, 'quoted-record.test', 'Literal quotes around the record'], broken('txt.near-miss'), {
    record: [String.raw`"\"v=STSv1; id=20261101T080000Z;\""`],
  }),
  enforced(
    [group, 'no-semicolon.test', 'The semicolon after the version is missing'],
    broken('txt.near-miss'),
    {
      record: ['v=STSv1 id=20261101T080000Z'],
    },
  ),
  enforced([group, 'record-case.test', 'V in upper case'], broken('txt.near-miss'), {
    record: ['V=STSv1; id=20261101T080000Z;'],
  }),
  enforced([group, 'leading-space.test', 'A space before the record'], broken('txt.near-miss'), {
    record: ['" v=STSv1; id=20261101T080000Z;"'],
  }),
  enforced([group, 'zero-width.test', 'An invisible character before the record'], broken('txt.near-miss'), {
    record: [String.raw`"\226\128\139v=STSv1; id=20261101T080000Z;"`],
  }),
  enforced([group, 'backslash.test', 'Semicolons with backslashes'], broken('txt.near-miss'), {
    record: [String.raw`"v=STSv1\\; id=20261101T080000Z\\;"`],
  }),
  enforced(
    [group, 'space-before-semicolon.test', 'A space before the first semicolon'],
    broken('txt.space-before-semicolon'),
    { record: ['v=STSv1 ; id=20261101T080000Z;'] },
  ),
  enforced([group, 'no-id.test', 'A record without id'], broken('txt.malformed'), { record: ['v=STSv1;'] }),
  enforced([group, 'id-hyphen.test', 'Hyphens in the id'], broken('txt.id-charset'), {
    record: ['v=STSv1; id=2026-11-01;'],
  }),
  enforced([group, 'id-long.test', 'An id of 33 characters'], broken('txt.id-too-long'), {
    record: [`v=STSv1; id=${'a'.repeat(33)};`],
  }),
  enforced([group, 'id-empty.test', 'An empty id'], broken('txt.id-empty'), { record: ['v=STSv1; id=;'] }),
  enforced([group, 'id-upper-case.test', 'ID in upper case'], broken('txt.near-miss'), {
    record: ['v=STSv1; ID=20261101T080000Z;'],
  }),
  enforced([group, 'trailing-space.test', 'A space at the end'], broken('txt.trailing-space'), {
    record: ['"v=STSv1; id=20261101T080000Z "'],
  }),
  enforced([group, 'empty-field.test', 'Two semicolons in a row'], broken('txt.empty-field'), {
    record: ['v=STSv1;; id=20261101T080000Z;'],
  }),
  enforced([group, 'duplicate-id.test', 'Two ids in one record'], remarks('txt.duplicate-field'), {
    record: ['v=STSv1; id=20261101T080000Z; id=20251001T000000Z;'],
  }),
  enforced([group, 'unknown-field.test', 'A field that senders do not know'], remarks('txt.unknown-field'), {
    record: ['v=STSv1; id=20261101T080000Z; contact=postmaster;'],
  }),
  enforced([group, 'non-ascii.test', 'Letters outside of ASCII'], broken('txt.non-ascii'), {
    record: ['v=STSv1; id=größer;'],
  }),
  enforced(
    [group, 'unrelated-txt.test', 'Another TXT record beside it'],
    remarks('txt.unrelated-record-beside'),
    { record: [good, 'site-verification=8461'] },
  ),
  enforced(
    [group, 'wildcard-txt.test', 'A wildcard answers with the record'],
    remarks('txt.wildcard-answer'),
    {
      record: [],
      records: [`*.wildcard-txt.test TXT ${good}`],
    },
  ),
  enforced(
    [group, 'record-at-apex.test', 'The record stands at the domain itself'],
    broken('txt.wrong-name'),
    { record: [], records: [`record-at-apex.test TXT ${good}`] },
  ),
  enforced(
    [group, 'record-doubled.test', 'The domain twice in the name of the record'],
    broken('txt.wrong-name'),
    { record: [], records: [`_mta-sts.record-doubled.test.record-doubled.test TXT ${good}`] },
  ),
  enforced(
    [group, 'record-too-low.test', 'The record stands at _mta-sts.mta-sts'],
    broken('txt.wrong-name'),
    { record: [], records: [`_mta-sts.mta-sts.record-too-low.test TXT ${good}`] },
  ),
  enforced([group, 'record-alias.test', 'The record is an alias, which is right'], allWell, {
    record: ['CNAME record-alias-test._mta-sts.sts-host.test'],
    records: [`record-alias-test._mta-sts.sts-host.test TXT ${good}`],
  }),
  enforced(
    [group, 'dangling-alias.test', 'The record is an alias of a name that does not exist'],
    broken('txt.cname-dangling'),
    {
      record: ['CNAME dangling-test._mta-sts.sts-host.test'],
    },
  ),
  enforced([group, 'alias-loop.test', 'Two aliases that lead to each other'], broken('txt.cname-loop'), {
    record: ['CNAME _sts.alias-loop.test'],
    records: ['_sts.alias-loop.test CNAME _mta-sts.alias-loop.test'],
  }),
  // A resolver tells of one of the two; the servers of the zone have both.
  enforced([group, 'alias-beside-data.test', 'An alias beside a record'], broken('txt.cname-beside-data'), {
    record: ['CNAME beside-test._mta-sts.sts-host.test', good],
    records: [`beside-test._mta-sts.sts-host.test TXT ${good}`],
    dns: {
      differences: [
        {
          at: 'resolver',
          name: '_mta-sts.alias-beside-data.test',
          records: ['_mta-sts.alias-beside-data.test CNAME beside-test._mta-sts.sts-host.test'],
        },
      ],
    },
  }),
  enforced(
    [group, 'half-delegated.test', 'The record is delegated, the policy host is not there'],
    broken('txt.delegated-half'),
    {
      record: ['CNAME half-test._mta-sts.sts-host.test'],
      records: [`half-test._mta-sts.sts-host.test TXT ${good}`],
      policyHost: 'missing',
    },
  ),
  enforced([group, 'fresh-record.test', 'Changed a moment ago, and still cached elsewhere'], allWell, {
    dns: {
      differences: [
        {
          at: 'resolver',
          name: '_mta-sts.fresh-record.test',
          records: ['_mta-sts.fresh-record.test 240 TXT v=STSv1; id=20251001T000000Z;'],
        },
      ],
    },
  }),
  enforced(
    [group, 'first-record.test', 'Published a moment ago, and its absence still cached elsewhere'],
    allWell,
    {
      dns: { differences: [{ at: 'resolver', name: '_mta-sts.first-record.test', records: [] }] },
    },
  ),
  enforced([group, 'servers-differ.test', 'The name servers do not agree'], remarks('txt.ns-inconsistent'), {
    dns: {
      differences: [
        {
          at: 'ns2',
          name: '_mta-sts.servers-differ.test',
          records: ['_mta-sts.servers-differ.test TXT v=STSv1; id=20251001T000000Z;'],
        },
      ],
    },
  }),
  enforced([group, 'long-ttl.test', 'A record that is cached for a week'], remarks('txt.ttl-long'), {
    record: [`604800 TXT ${good}`],
  }),
  enforced(
    [group, 'record-servfail.test', 'DNS fails (SERVFAIL) for the record alone'],
    broken('txt.servfail'),
    { dns: { faults: [{ kind: 'fails', rcode: 'SERVFAIL', names: ['_mta-sts.record-servfail.test'] }] } },
  ),
  enforced(
    [group, 'bogus-record.test', 'Signed, and the signature of the record does not fit'],
    broken('txt.dnssec-bogus'),
    { dns: { signed: true, faults: [{ kind: 'bogus', names: ['_mta-sts.bogus-record.test'] }] } },
  ),
  enforced([group, 'signed.test', 'A zone with DNSSEC'], allWell, { dns: { signed: true } }),
];
