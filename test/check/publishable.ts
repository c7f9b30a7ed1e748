/** The texts of a remedy that are meant to be published as they stand, held against our own strict parsers. */
import { parsePolicy, parseRecord } from '../../src/protocol/mtasts.ts';
import { parseTlsRpt } from '../../src/protocol/tlsrpt.ts';

/** Those that a sender would not take; empty when all is well. */
export function unpublishable(remedy: string): readonly string[] {
  const texts = [...remedy.matchAll(/(?<!Add the line )`([^`]*)`/g)].map(([, text = '']) => text);
  const lines = [...remedy.matchAll(/Add the line `([^`]*)`/g)].map(([, line = '']) => line);
  const file = /\nversion: STSv1\n[\s\S]*?(?=\nThen publish |$)/.exec(remedy)?.[0].slice(1);
  return [
    ...texts.filter((text) => !isPublishable(text)),
    ...lines.filter((line) => !isPolicy(`version: STSv1\nmode: enforce\n${line}\nmax_age: 86400\n`)),
    ...(file === undefined || isPolicy(file) ? [] : [file]),
  ];
}

function isPublishable(text: string): boolean {
  // A character that is named cannot be shown; a beginning alone is what a text has to begin with.
  if (text.includes('‹') || text === 'v=STSv1;' || text === 'v=TLSRPTv1;') return true;
  if (/^v=STSv1[ ;…]/.test(text)) return parseRecord(text).verdict === 'valid';
  return !/^v=TLSRPTv1[ ;…]/.test(text) || parseTlsRpt(text).verdict === 'valid';
}

function isPolicy(body: string): boolean {
  return parsePolicy(body).verdict === 'valid';
}
