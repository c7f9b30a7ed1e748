/** The terminals of RFC 8461's and RFC 8460's grammars, each beside its ABNF. Texts are split into them elsewhere. */

/** RFC 8461 §3.2: `%s"testing" / %s"enforce" / %s"none"`; `%s` is case-sensitive (RFC 7405). */
export const modeWords = ['testing', 'enforce', 'none'] as const;

/** RFC 8461 §3.2: `sts-policy-max-age-value = 1*10(DIGIT)`, "maximum value of 31557600"; there is no minimum. */
export const maxAge = /^[0-9]{1,10}$/;
export const maxAgeMaximum = 31_557_600;

/** RFC 8461 §3.1: `sts-id-value = 1*32(ALPHA / DIGIT)`. */
export const idValue = /^[A-Za-z0-9]{1,32}$/;

/** RFC 8461 §3.1, §3.2 and RFC 8460 §3: `(ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")`. */
export const extensionName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** RFC 8461 §3.1 and RFC 8460 §3: `1*(%x21-3A / %x3C / %x3E-7E)`, which leaves out ";" and "=". */
export const recordExtensionValue = /^[\x21-\x3a\x3c\x3e-\x7e]+$/;

/**
 * RFC 8461 §3.2: `sts-policy-vchar [*(%x20 / sts-policy-vchar) sts-policy-vchar]`, where a vchar is
 * %x21-7E or UTF-8 beyond ASCII. Ill-formed octets, decoded to U+FFFD, are refused before this.
 */
export const policyExtensionValue =
  /^[\x21-\x7e\u0080-\u{10ffff}](?:[\x20-\x7e\u0080-\u{10ffff}]*[\x21-\x7e\u0080-\u{10ffff}])?$/u;
