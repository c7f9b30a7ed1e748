/** What each error of the driver, of Node and of PostgreSQL means to the store. The real ones are in open.lab.test.ts. */
import { describe, expect, test } from 'vitest';
import { isWriteProblem, type Place, problemOf, QueryLimitError } from '../../src/store/problem.ts';
import { StoreRefused, StoreUnavailable } from '../../src/store/store.ts';

const place: Place = { variable: 'DATABASE_URL', where: 'db:5432', user: 'bot', database: 'mta' };

function coded(code: string, message = 'as the server says'): Error {
  return Object.assign(new Error(message), { code });
}

describe('the database is away', () => {
  test.each([
    [coded('08006'), 'does not answer'],
    [coded('08P01', 'query_wait_timeout'), 'does not answer'],
    [coded('53100'), 'no room left on its disk'],
    [coded('53200'), 'no memory left'],
    [coded('53300'), 'too many connections'],
    [coded('57P01'), 'ended the connection'],
    [coded('57P02'), 'ended the connection'],
    [coded('57P03'), 'is starting or stopping'],
    [coded('57014'), 'is too slow'],
    [coded('55P03'), 'is too slow'],
    [coded('25P03'), 'is too slow'],
    [coded('58030'), 'trouble with its files'],
    [coded('25006'), 'takes no writing'],
    [coded('40001'), 'exclude each other'],
    [coded('40P01'), 'exclude each other'],
    [coded('40003'), 'does not answer'],
    [coded('ECONNREFUSED'), 'does not listen'],
    [Object.assign(coded('ENOENT'), { syscall: 'connect' }), 'does not listen'],
    [coded('ENOTFOUND'), 'is not found in DNS'],
    [coded('EAI_AGAIN'), 'is not found in DNS'],
    [coded('ECONNRESET'), 'ended the connection'],
    [coded('EPIPE'), 'ended the connection'],
    [coded('ETIMEDOUT'), 'cannot be reached'],
    [coded('EHOSTUNREACH'), 'cannot be reached'],
    [coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'while TLS was set up'],
    [
      Object.assign(new AggregateError([coded('ECONNREFUSED')], ''), { code: 'ECONNREFUSED' }),
      'does not listen',
    ],
    [new QueryLimitError('no answer within 2000 ms'), 'is too slow'],
    [new Error('Connection terminated'), 'does not answer'],
    [new Error('Connection terminated unexpectedly'), 'does not answer'],
    [new Error('Connection terminated due to connection timeout'), 'does not answer'],
    [new Error('timeout exceeded when trying to connect'), 'does not answer'],
    [new Error('timeout expired'), 'does not answer'],
    [new Error('Client has encountered a connection error and is not queryable'), 'does not answer'],
    [new Error('Client was closed and is not queryable'), 'does not answer'],
    [new Error('Postgres connection has been discarded'), 'does not answer'],
    [new Error('Cannot use a pool after calling end on the pool'), 'does not answer'],
    [new Error('There was an error establishing an SSL connection'), 'does not answer'],
  ])('%s', (error, says) => {
    const problem = problemOf(error, place);
    expect(problem).toBeInstanceOf(StoreUnavailable);
    expect(problem?.message).toMatch(/^PostgreSQL at db:5432 .*\.$/);
    expect(problem?.message).toContain(says);
    expect(problem?.cause).toBe(error);
  });
});

describe('somebody has to do something', () => {
  test.each([
    [coded('28P01'), 'refuses the password of the user "bot"'],
    [coded('28000', 'no pg_hba.conf entry'), 'no pg_hba.conf entry'],
    [coded('3D000'), 'has no database "mta"'],
    [coded('42501', 'permission denied for schema public'), 'permission denied for schema public'],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'the URL has none'],
    [new Error('The server does not support SSL connections'), 'has no TLS'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'for another name'],
    [coded('CERT_HAS_EXPIRED'), 'cannot be trusted'],
    [coded('CERT_NOT_YET_VALID'), 'cannot be trusted'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'cannot be trusted'],
    [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'cannot be trusted'],
    [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'cannot be trusted'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'cannot be trusted'],
    [Object.assign(coded('ENOENT'), { syscall: 'open' }), 'a file that the URL names'],
  ])('%s', (error, says) => {
    const problem = problemOf(error, place);
    expect(problem).toBeInstanceOf(StoreRefused);
    expect(problem?.message).toMatch(/^DATABASE_URL: /);
    expect(problem?.message).toContain(says);
    expect(problem?.cause).toBe(error);
  });
});

describe('a bug of ours stays what it is', () => {
  test.each([
    ['a table that is not there', coded('42P01')],
    ['bad SQL', coded('42601')],
    ['a doubled key', coded('23505')],
    ['a reference to nothing', coded('23503')],
    ['a text with a zero byte', coded('22021')],
    ['a division', coded('22012')],
    ['an aborted transaction', coded('25P02')],
    ['an error inside the server', coded('XX000')],
    ['TypeError', new TypeError('undefined is not a function')],
    ['something without a message', new Error('')],
    ['no error at all', 'text'],
  ])('%s', (_, error) => {
    expect(problemOf(error, place)).toBeUndefined();
  });
});

test('what is told already stays as it was told', () => {
  for (const told of [new StoreUnavailable('away'), new StoreRefused('refused')]) {
    expect(problemOf(told, place)).toBe(told);
  }
});

test('a full disk hinders writing, a full house does not', () => {
  expect([coded('53100'), coded('58030'), coded('25006'), coded('53200')].every(isWriteProblem)).toBe(true);
  expect([coded('53300'), coded('08006'), coded('57P01'), new Error('x'), 'x'].some(isWriteProblem)).toBe(
    false,
  );
});
