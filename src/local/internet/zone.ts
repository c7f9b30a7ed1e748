/**
 * What the scenarios publish, and the answer to a question about it: NODATA for a name that has other
 * records or names below it, NXDOMAIN for one that nobody wrote, CNAME records followed.
 */
import { domainToASCII } from 'node:url';
import type { Answer, MxAnswer, RecordType, StringAnswer, TxtAnswer } from 'dns-packet';
import type { DnsBehaviour, Scenario } from './scenarios.ts';

export interface Zone {
  answer(name: string, type: RecordType): { readonly exists: boolean; readonly answers: Answer[] };
  /** Of the scenario that the name belongs to. */
  behaviour(name: string): DnsBehaviour | undefined;
}

type Published = StringAnswer | MxAnswer | TxtAnswer;

/** Short, so that a change is seen at once wherever it is kept. */
const ttlSeconds = 60;
/** The octets of one character string (RFC 1035 §3.3). */
const stringLength = 255;

/** Throws for a record that cannot be published: that is a mistake in scenarios.ts. */
export function createZone(scenarios: readonly Scenario[]): Zone {
  const published = scenarios.flatMap(({ records }) => records.map(parseRecord));
  const apexes = scenarios.map(({ domain, dns }) => ({ apex: domainToASCII(domain), dns }));
  const names = [...published.map(({ name }) => name), ...apexes.map(({ apex }) => apex)];

  const answer: Zone['answer'] = (name, type) => {
    const asked = name.toLowerCase();
    const own = published.filter((record) => record.name === asked);
    const alias = own.find((record) => record.type === 'CNAME');
    if (alias !== undefined && type !== 'CNAME') {
      const target = answer(String(alias.data), type);
      return { exists: target.exists, answers: [alias, ...target.answers] };
    }
    return {
      exists: names.some((known) => isWithin(known, asked)),
      answers: own.filter((record) => record.type === type),
    };
  };
  const behaviour: Zone['behaviour'] = (name) =>
    apexes.find(({ apex }) => isWithin(name.toLowerCase(), apex))?.dns;
  return { answer, behaviour };
}

/** `mx1.example.test A 192.0.2.11` */
function parseRecord(line: string): Published {
  const [name = '', type, ...rest] = line.split(' ');
  const data = rest.join(' ');
  const base = { name: name.toLowerCase(), class: 'IN', ttl: ttlSeconds } as const;
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
      return { ...base, type, data };
    case 'MX': {
      const [preference, ...exchange] = rest;
      return { ...base, type, data: { preference: Number(preference), exchange: exchange.join(' ') } };
    }
    case 'TXT':
      return { ...base, type, data: stringsOf(Buffer.from(data)) };
    default:
      throw new Error(`The local internet has no records of type ${type}: "${line}"`);
  }
}

function stringsOf(octets: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(octets.length / stringLength));
  return Array.from({ length: count }, (_, at) =>
    octets.subarray(at * stringLength, (at + 1) * stringLength),
  );
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
