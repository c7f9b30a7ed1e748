/** Where the domains end that somebody can register, by the Public Suffix List. */
import { getDomain } from 'tldts';

/**
 * The domain one label below the public suffix, those of the list's private section (`github.io`) included:
 * `example.co.uk` for `mail.example.co.uk`. Undefined for a public suffix itself.
 */
export function registrableDomain(name: string): string | undefined {
  return (
    getDomain(name, { allowPrivateDomains: true, extractHostname: false, validateHostname: false }) ??
    undefined
  );
}
