/**
 * Why a connection or its TLS handshake failed: the one table from the codes of the system, node and OpenSSL
 * to what is told. What a handshake that finished shows is in tls.ts.
 */
import type { SocketProblem } from '../observation.ts';

/** Why a connection or its handshake failed. */
export interface HandshakeProblem {
  readonly problem: SocketProblem;
  /** Of a TLS alert, as OpenSSL names it, such as `unrecognized_name`. */
  readonly alert?: string;
}

/**
 * What the codes of the system, node and OpenSSL mean; undefined for what is no remote's doing. OpenSSL
 * has some hundred codes: those that are not named here mean that no agreement was reached.
 */
export function tlsProblemOf(error: NodeJS.ErrnoException): HandshakeProblem | undefined {
  const { code = '', message } = error;
  const alert = alertNames.get(Number(/SSL alert number ([0-9]+)/.exec(message)?.[1]));
  if (alert !== undefined) return { problem: 'tls', alert };
  // What node says when the other side closes in order amid a handshake; a reset comes from a system call.
  if (code === 'ECONNRESET' && error.syscall === undefined) return { problem: 'closed' };
  const problem = problemsByCode.get(code);
  if (problem !== undefined) return { problem };
  // Our own side sends the alert; the fact is the same.
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') return { problem: 'tls', alert: 'protocol_version' };
  // Where OpenSSL has no words for a reason, node has no code for it.
  const isOpenSsl = /^(?:ERR_SSL_|ERR_OSSL_|EPROTO$)/.test(code) || /:error:[0-9A-F]{8}:/.test(message);
  return isOpenSsl ? { problem: 'tls' } : undefined;
}

const problemsByCode: ReadonlyMap<string, SocketProblem> = new Map([
  ['ECONNREFUSED', 'connection-refused'],
  ['ETIMEDOUT', 'timeout'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['ENETRESET', 'reset'],
  ['ENOTCONN', 'reset'],
  ['EHOSTUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['EAFNOSUPPORT', 'unreachable'],
  // What routers say besides (ICMP: no such protocol, no such host).
  ['ENOPROTOOPT', 'unreachable'],
  ['ENONET', 'unreachable'],
  // A firewall on this machine, and a zone of a link that is not there.
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['EINVAL', 'unreachable'],
  // The other side closed while something was being written.
  ['ERR_STREAM_WRITE_AFTER_END', 'closed'],
  ['ERR_STREAM_DESTROYED', 'closed'],
  ['ERR_SOCKET_CLOSED', 'closed'],
  ['ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'closed'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'garbage'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'garbage'],
  ['ERR_SSL_PACKET_LENGTH_MISMATCH', 'garbage'],
  ['ERR_SSL_DATA_LENGTH_TOO_LONG', 'garbage'],
  ['ERR_SSL_BAD_RECORD_TYPE', 'garbage'],
  ['ERR_SSL_RECORD_TOO_SMALL', 'garbage'],
  ['ERR_SSL_RECORD_LAYER_FAILURE', 'garbage'],
  ['ERR_SSL_UNEXPECTED_MESSAGE', 'garbage'],
  ['ERR_SSL_UNEXPECTED_RECORD', 'garbage'],
  ['ERR_SSL_HTTP_REQUEST', 'garbage'],
  ['ERR_SSL_LENGTH_MISMATCH', 'garbage'],
  ['ERR_SSL_LENGTH_TOO_LONG', 'garbage'],
  ['ERR_SSL_LENGTH_TOO_SHORT', 'garbage'],
  ['ERR_SSL_BAD_LENGTH', 'garbage'],
  ['ERR_SSL_INVALID_ALERT', 'garbage'],
  ['ERR_SSL_UNKNOWN_ALERT_TYPE', 'garbage'],
  ['ERR_SSL_EXCESSIVE_MESSAGE_SIZE', 'too-much'],
  ['ERR_SSL_TOO_MANY_WARN_ALERTS', 'too-much'],
]);

/** RFC 8446 §6 and RFC 5246 §7.2, by number: OpenSSL prefixes its codes for them in five ways. */
const alertNames: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [30, 'decompression_failure'],
  [40, 'handshake_failure'],
  [41, 'no_certificate'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [60, 'export_restriction'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [111, 'certificate_unobtainable'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [120, 'no_application_protocol'],
]);
