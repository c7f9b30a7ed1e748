/** What `--json` prints, as scripts rely on it. */
import { z } from 'zod';

const severity = z.enum(['error', 'warning', 'notice']);
const txtRecord = z.strictObject({ name: z.string(), type: z.literal('TXT'), value: z.string() });
const finding = z.object({
  id: z.string().regex(/^[a-z-]+\.[a-z0-9_-]+$/),
  severity,
  title: z.string(),
  detail: z.string(),
  remedy: z.string(),
  cite: z.string().regex(/^RFC [0-9]+ §[0-9.]+$/),
});
export const newJson = z.strictObject({
  domain: z.string(),
  record: txtRecord,
  policy: z.strictObject({ url: z.url(), body: z.string() }),
  tlsRpt: txtRecord.optional(),
  findings: z.array(finding.extend({ subject: z.string() })),
});
export const lintJson = z.object({
  verdict: z.enum(['valid', 'invalid', 'none', 'multiple']),
  value: z
    .union([
      z.strictObject({ id: z.string() }),
      z.strictObject({
        mode: z.enum(['testing', 'enforce', 'none']),
        mx: z.array(z.string()),
        maxAgeSeconds: z.number(),
      }),
      z.strictObject({ rua: z.array(z.string()) }),
    ])
    .optional(),
  findings: z.array(finding.extend({ line: z.number(), column: z.number(), length: z.number() })),
  corrected: z.string().optional(),
});

export const checkJson = z.object({
  domain: z.string(),
  verdict: z.enum(['enforced', 'testing', 'broken', 'off', 'unknown']),
  unmeasured: z.array(z.string()),
  checkedAt: z.iso.datetime(),
  durationMs: z.number(),
  findings: z.array(finding.extend({ subject: z.string() })),
  passed: z.array(z.string()),
  skipped: z.array(z.strictObject({ id: z.string(), because: z.string() })),
  observation: z.looseObject({ version: z.literal(1) }),
});

/** One JSON value on one line, and nothing else. */
export function json<T>(schema: z.ZodType<T>, out: string): T {
  if (!/^[^\n]+\n$/.test(out)) throw new Error(`not one line: ${out}`);
  return schema.parse(JSON.parse(out));
}
