import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { boundServerLog, lastWords } from '../../src/store/server-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'mta-sts-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'postgres.log');

describe('the bound of the log', () => {
  test('moves what is too long aside, and a server that holds the file open goes on at its beginning', () => {
    writeFileSync(path, '');
    const server = openSync(path, 'a');
    writeSync(server, 'x'.repeat(1_000_001));
    boundServerLog(path);
    writeSync(server, 'new\n');
    closeSync(server);
    expect(readFileSync(path, 'utf8')).toBe('new\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toHaveLength(1_000_001);
  });

  test('leaves a short one as it is, and minds none that is not there', () => {
    writeFileSync(path, 'short\n');
    boundServerLog(path);
    expect(readFileSync(path, 'utf8')).toBe('short\n');
    boundServerLog(join(folder, 'none.log'));
  });
});

describe('the last words', () => {
  const time = '2026-11-27 00:31:59.757 UTC [24841]';
  test.each([
    ['of a start that failed', `${time} LOG:  a\n${time} FATAL:  b\n${time} LOG:  c\n`, 'FATAL:  b'],
    ['of several', `${time} FATAL:  a\n${time} PANIC:  b\n`, 'PANIC:  b'],
    ['of a program that knows no levels', 'postgres: could not access a\n', 'postgres: could not access a'],
    ['of nothing', '', undefined],
    ['without end', `${time} FATAL:  ${'x'.repeat(5000)}\n`, `FATAL:  ${'x'.repeat(492)}`],
  ])('%s', (_, text, words) => {
    writeFileSync(path, text);
    expect(lastWords(path, 0)).toBe(words);
  });

  test('of an earlier start do not count', () => {
    writeFileSync(path, `${time} FATAL:  old\n`);
    expect(lastWords(path, readFileSync(path).length)).toBeUndefined();
    expect(lastWords(join(folder, 'none.log'), 0)).toBeUndefined();
  });
});
