/**
 * Any character of Unicode, as the unit of random strings: the same ones as fast-check's unit `binary`, for which each
 * process would first make a table of them all, in a second and in 130 MB.
 */
import fc from 'fast-check';

const surrogates = { first: 0xd800, last: 0xdfff };
const surrogatesCount = surrogates.last + 1 - surrogates.first;

export const anyCharacter: fc.Arbitrary<string> = fc.nat(0x10ffff - surrogatesCount).map(
  (at) => String.fromCodePoint(at < surrogates.first ? at : at + surrogatesCount),
  // Lets fast-check mix in the strings that break careless programs, such as `__proto__`, and shrink them.
  (value) => {
    const codePoint = typeof value === 'string' ? value.codePointAt(0) : undefined;
    if (codePoint === undefined || value !== String.fromCodePoint(codePoint) || isSurrogate(codePoint))
      throw new Error('This is no character.');
    return codePoint < surrogates.first ? codePoint : codePoint - surrogatesCount;
  },
);

function isSurrogate(codePoint: number): boolean {
  return codePoint >= surrogates.first && codePoint <= surrogates.last;
}
