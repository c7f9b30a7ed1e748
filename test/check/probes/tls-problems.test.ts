/** What is told of the errors of handshakes that fail, as node and OpenSSL word them. */
import { expect, test } from 'vitest';
import { tlsProblemOf } from '../../../src/check/probes/tls-problems.ts';

const error = (code: string, message = '', more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });
const openssl = (reason: string, number: number) =>
  `error:0A00042E:SSL routines:ssl3_read_bytes:${reason}:../rec_layer_s3.c:918:SSL alert number ${number}\n`;

const cases: readonly (readonly [NodeJS.ErrnoException, unknown])[] = [
  [
    error('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', openssl('tlsv1 alert protocol version', 70)),
    { problem: 'tls', alert: 'protocol_version' },
  ],
  [
    error('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', openssl('ssl/tls alert handshake failure', 40)),
    { problem: 'tls', alert: 'handshake_failure' },
  ],
  [
    error('ERR_SSL_TLSV1_UNRECOGNIZED_NAME', openssl('tlsv1 unrecognized name', 112)),
    { problem: 'tls', alert: 'unrecognized_name' },
  ],
  [error('EPROTO', openssl('tlsv1 alert internal error', 80)), { problem: 'tls', alert: 'internal_error' }],
  [error('ERR_SSL_UNSUPPORTED_PROTOCOL'), { problem: 'tls', alert: 'protocol_version' }],
  [error('ERR_SSL_DH_KEY_TOO_SMALL'), { problem: 'tls' }],
  [error('ERR_SSL_WRONG_VERSION_NUMBER'), { problem: 'garbage' }],
  [error('ERR_SSL_EXCESSIVE_MESSAGE_SIZE'), { problem: 'too-much' }],
  [error('ECONNRESET', 'read ECONNRESET', { syscall: 'read' }), { problem: 'reset' }],
  [error('ECONNRESET', 'Client network socket disconnected before …'), { problem: 'closed' }],
  [error('ECONNREFUSED'), { problem: 'connection-refused' }],
  [error('EHOSTUNREACH'), { problem: 'unreachable' }],
  [error('', 'A1B2:error:0A000126:SSL routines:ssl3_read_n:reason(294):…'), { problem: 'tls' }],
  // Ours: not told as a fault of the other side.
  [error('ERR_INVALID_ARG_TYPE'), undefined],
  [new TypeError('x is not a function'), undefined],
];

test.each(cases)('%s', (thrown, problem) => {
  expect(tlsProblemOf(thrown)).toEqual(problem);
});
