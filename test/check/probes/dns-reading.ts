/** A question at victim.test, and what is read of an answer to it. */
import type { RecordType as PacketType } from 'dns-packet';
import type { RecordType } from '../../../src/check/probes/dns-data.ts';
import { type Asking, type Question, readAnswer } from '../../../src/check/probes/dns-message.ts';
import { type Reply, reply } from './hostile-dns.ts';

export const name = 'victim.test';
export const id = 0x1234;

export function questionFor<T extends RecordType>(type: T, asking: Asking = 'recursive'): Question<T> {
  return { id, name, type, asking };
}

export function asked(type: PacketType = 'MX') {
  return { id, name, query: { questions: [{ name, type }] } };
}

/** What is read of an answer to a question for that type at victim.test. */
export function read<T extends RecordType>(type: T, answer: Reply, asking: Asking = 'recursive') {
  const reading = readAnswer(reply(asked(type), answer), questionFor(type, asking));
  return reading.kind === 'answer' ? reading.answer : reading.kind;
}
