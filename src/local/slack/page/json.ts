/** Reads parsed JSON that others wrote, such as Block Kit, without trusting its shape. */

export type Json = Readonly<Record<string, unknown>>;

/** The object, or an empty one. */
export function asRecord(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The objects of a list, or none. */
export function asRecords(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asRecord) : [];
}

/** The text, or an empty one. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The text of a text object, or an empty one. */
export function textOf(value: unknown): string {
  return asText(asRecord(value).text);
}

/** An integer within the bounds, or the fallback. */
export function asInteger(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : fallback;
}
