/** Names of domains and hosts as DNS compares them. */

declare const host: unique symbol;
declare const domain: unique symbol;

/** A host's name: A-labels in lower case, without the root's dot. */
export type HostName = string & { readonly [host]: true };

/** A policy domain (RFC 8461 §1.1); every domain name can also name a host. */
export type DomainName = HostName & { readonly [domain]: true };
