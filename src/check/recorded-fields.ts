/**
 * What the shape of a recorded look is built of: objects that must name every field, and the values that
 * nearly all of them hold.
 */
import { z } from 'zod';
import { type DomainName, type HostName, parseDomain, parseHost } from '../protocol/domain.ts';
import type { Result } from '../protocol/result.ts';

/** Every field of T, also those that may be absent: one that is forgotten here does not compile. */
export function object<T extends object>(
  fields: { readonly [K in keyof T]-?: z.ZodType<T[K]> },
): z.ZodType<T> {
  // The compiler cannot add the fields up to T again.
  return z.object(fields) as unknown as z.ZodType<T>;
}

/** What may be absent; JSON has no undefined, so nothing else comes of it. */
export function maybe<T>(schema: z.ZodType<T>): z.ZodType<T> {
  return schema.optional() as unknown as z.ZodType<T>;
}

export function list<T>(schema: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.array(schema);
}

/** Told apart by `kind`. */
export function either<T>(...options: readonly z.ZodType<T>[]): z.ZodType<T> {
  const objects = options as unknown as [z.ZodObject, ...z.ZodObject[]];
  return z.discriminatedUnion('kind', objects) as unknown as z.ZodType<T>;
}

export const text = z.string();
export const count = z.number().int().nonnegative();
export const time = z.number().nonnegative();
export const instant = z.iso.datetime();
export const octets = z.string().refine((value) => /^[\0-\u00ff]*$/.test(value), 'holds more than octets');
export const absent: z.ZodType<true> = z.literal(true);

function isName(parse: (value: string) => Result<string, unknown>) {
  return (value: string) => {
    const name = parse(value);
    return name.ok && name.value === value;
  };
}
export const host = text.refine(isName(parseHost), 'is no host name') as unknown as z.ZodType<HostName>;
export const domain = text.refine(isName(parseDomain), 'is no domain') as unknown as z.ZodType<DomainName>;
