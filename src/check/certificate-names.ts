/**
 * Which hosts the names in a certificate cover (RFC 9525). Whether a handshake was for one of them is seen by
 * the probes, what a wrong name is called is left to certificate.ts.
 */

/**
 * Whether one of the names covers a host. RFC 9525 §6.3: `*` is the whole left-most label and stands for
 * exactly one. A server may show three hundred names for each of fifty hosts: looked up, not compared one by one.
 */
export function coverageOf(names: readonly string[]): (host: string) => boolean {
  const known = new Set(names.map((name) => name.toLowerCase().replace(/\.$/, '')));
  return (host) => {
    const wanted = host.toLowerCase();
    const dot = wanted.indexOf('.');
    return known.has(wanted) || (dot > 0 && known.has(`*${wanted.slice(dot)}`));
  };
}

/** `m*.example.com` for `mx.example.com`: some libraries accept it, RFC 9525 §6.3 does not. */
export function isPartialWildcardFor(name: string, host: string): boolean {
  const [label = '', ...rest] = name.toLowerCase().split('.');
  const [wanted = '', ...tail] = host.toLowerCase().split('.');
  const [before, after, more] = label.split('*');
  if (label === '*' || before === undefined || after === undefined || more !== undefined) return false;
  return (
    rest.join('.') === tail.join('.') &&
    wanted.length >= label.length - 1 &&
    wanted.startsWith(before) &&
    wanted.endsWith(after)
  );
}
