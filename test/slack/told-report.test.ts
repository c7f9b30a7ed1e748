/** What a report's buttons carry, and what is kept of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeptReports } from '../../src/slack/kept-reports.ts';
import { readReportButton, reportValue, toldReport } from '../../src/slack/told-report.ts';
import { runs, seed } from '../runs.ts';
import { anyRecords, records } from './any-records.ts';
import { report } from './any-reports.ts';
import { domainName } from './slack-world.ts';

const button = { domain: domainName('example.com'), token: 'abc_-9', isPrivate: true, showsAll: false };

test('the value is read back as it was written', () => {
  expect(readReportButton(reportValue(button))).toEqual(button);
  const generated = records();
  expect(readReportButton(reportValue({ ...button, generated }))).toEqual({ ...button, generated });
});

test('it fits a button, whatever was generated; what does not fit is left out', () => {
  fc.assert(
    fc.property(anyRecords, (generated) => {
      const value = reportValue({ ...button, generated });
      expect(value.length).toBeLessThanOrEqual(2000);
      expect(readReportButton(value)).toMatchObject(button);
    }),
    { numRuns: runs(100, 5000), seed },
  );
});

test.each([
  ['nothing', undefined],
  ['no JSON', '{'],
  ['another version', '[2,"example.com","t",true,false,null]'],
  ['no domain', '[1,"exa mple","t",true,false,null]'],
  ['a token with more in it', '[1,"example.com","<!channel>",true,false,null]'],
  ['a value of records', '[1,"example.com","testing",604800,"","id","","U024BE7LH",null]'],
])('%s is none of ours', (_, value) => {
  expect(readReportButton(value)).toBeUndefined();
});

test('records that cannot be read any more are left out', () => {
  expect(readReportButton('[1,"example.com","t",true,false,"[1,2]"]')).toEqual({ ...button, token: 't' });
});

test('a report is kept without its observation, for half an hour, and a hundred of them', () => {
  let now = 0;
  const kept = createKeptReports(() => now);
  const told = toldReport(report());
  expect(told).not.toHaveProperty('observation');
  const token = kept.keep(told, 'T1');
  now = 30 * 60_000 - 1;
  expect(kept.find(token, 'T1')).toBe(told);
  now += 1;
  expect(kept.find(token, 'T1')).toBeUndefined();
  const tokens = Array.from({ length: 101 }, () => kept.keep(told, 'T1'));
  expect(new Set(tokens).size).toBe(101);
  expect(tokens.map((each) => kept.find(each, 'T1') !== undefined)).toEqual([
    false,
    ...Array.from({ length: 100 }, () => true),
  ]);
  expect(kept.find('never', 'T1')).toBeUndefined();
  expect(kept.find(tokens.at(-1) ?? '', 'T1')).toBe(told);
  expect(kept.find(tokens.at(-1) ?? '', 'T2')).toBeUndefined();
});
