/**
 * How fast policies and records are parsed: ours, faults' places included, beside mailauth's parser, in
 * alternating rounds of the same run. A policy file comes from the network as octets, so that both get a
 * Buffer; mailauth reads a record only behind its resolver, so that both get one that answers at once.
 */
import { parsePolicy as mailauthPolicy, resolvePolicy } from 'mailauth/lib/mta-sts.js';
import { parseDomain } from '../src/protocol/domain.ts';
import { parsePolicy, parseRecordSet } from '../src/protocol/mtasts.ts';
import { median } from './processes.ts';

const parsesPerRound = 50_000;
const rounds = 15;

const typical =
  'version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmx: backupmx.example.com\nmax_age: 604800\n';

/** What is measured decides nothing unless every contender reads the same policy. */
const cases = [
  { title: 'a typical policy (RFC 8461 §3.2), LF', text: typical },
  { title: 'the same, CR LF', text: typical.replaceAll('\n', '\r\n') },
  {
    title: 'a policy with advice: an unknown field, and max_age of a day',
    text: `${typical.replace('604800', '86400')}contact: postmaster@example.com\n`,
    informative: true,
  },
];

/** Ours over mailauth's time, strict and default, for each policy that must be as fast; at most 1 each. */
export function benchParse(): readonly number[] {
  return cases.flatMap(({ title, text, informative }) => {
    const ratios = compare(title, Buffer.from(text), informative === true);
    return informative === true ? [] : ratios;
  });
}

const recordId = '20261101T080000Z';
const answer = [[`v=STSv1; id=${recordId};`]];
const resolver = async () => answer;

async function ourId(name: string): Promise<string | undefined> {
  const domain = parseDomain(name);
  if (!domain.ok) return undefined;
  const records = await resolver();
  return parseRecordSet(records.map((strings) => strings.join(''))).value?.id;
}

/** Ours over mailauth's time for the record of a domain; at most 1. */
export async function benchRecord(): Promise<number> {
  const name = 'example.com';
  const contenders = [
    { name: 'mta-sts-bot', read: () => ourId(name), tookNs: [] as number[] },
    { name: 'mailauth', read: () => resolvePolicy(name, { resolver }), tookNs: [] as number[] },
  ];
  for (const { name: reader, read } of contenders)
    if ((await read()) !== recordId) throw new Error(`${reader} reads another record`);
  for (let round = -2; round < rounds; round += 1) {
    for (const { read, tookNs } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const start = performance.now();
      for (let count = 0; count < parsesPerRound; count += 1) await read();
      if (round >= 0) tookNs.push(((performance.now() - start) * 1e6) / parsesPerRound);
    }
  }
  console.log(`parse, a record behind a resolver that answers at once: median of ${rounds} rounds`);
  for (const { name: reader, tookNs } of contenders)
    console.log(`  ${reader.padEnd(16)} ${median(tookNs).toFixed(0).padStart(6)} ns`);
  const [ours = Number.NaN, theirs = Number.NaN] = contenders.map(({ tookNs }) => median(tookNs));
  console.log(`  ratio ${(ours / theirs).toFixed(2)} (at most 1.00)`);
  return ours / theirs;
}

function compare(title: string, body: Buffer, informative: boolean): readonly number[] {
  const contenders = [
    { name: 'mta-sts-bot', parse: () => parsePolicy(body).value, tookNs: [] as number[] },
    { name: 'mailauth strict', parse: () => mailauthPolicy(body, { strict: true }), tookNs: [] as number[] },
    { name: 'mailauth default', parse: () => mailauthPolicy(body), tookNs: [] as number[] },
  ];
  for (const { name, parse } of contenders) {
    const policy = parse();
    if (policy?.mode !== 'enforce' || policy.mx?.length !== 3)
      throw new Error(`${name} reads another policy`);
  }
  // Two rounds before the first let the compiler finish.
  for (let round = -2; round < rounds; round += 1) {
    for (const { parse, tookNs } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const start = performance.now();
      for (let count = 0; count < parsesPerRound; count += 1) parse();
      if (round >= 0) tookNs.push(((performance.now() - start) * 1e6) / parsesPerRound);
    }
  }
  console.log(`parse, ${title}: median of ${rounds} rounds of ${parsesPerRound}`);
  const [ours = Number.NaN, ...theirs] = contenders.map(({ tookNs }) => median(tookNs));
  const ratios = theirs.map((value) => ours / value);
  for (const [index, { name, tookNs }] of contenders.entries()) {
    const ratio = index === 0 ? '' : `   ratio ${(ratios[index - 1] ?? Number.NaN).toFixed(2)}`;
    const limit = index === 0 || informative ? '' : ' (at most 1.00)';
    console.log(`  ${name.padEnd(16)} ${median(tookNs).toFixed(0).padStart(6)} ns${ratio}${limit}`);
  }
  return ratios;
}

if (import.meta.main) {
  benchParse();
  await benchRecord();
}
