/**
 * Keeps the old object wherever a new one says the same. The server sends the whole state after each change;
 * with this only the parts that changed are drawn again.
 */

/** `after`, made of the parts of `before` that are equal to it. Both are plain JSON. */
export function reuse<T>(before: unknown, after: T): T {
  if (Object.is(before, after)) return after;
  if (Array.isArray(before) && Array.isArray(after)) return reuseList(before, after) as T;
  if (!isRecord(before) || !isRecord(after)) return after;
  const old = new Map(Object.entries(before));
  // Not by assignment: a key may be `__proto__`.
  const merged = Object.fromEntries(
    Object.entries(after).map(([key, value]) => [key, reuse(old.get(key), value)]),
  );
  const keys = Object.keys(merged);
  const same =
    keys.length === old.size && keys.every((key) => old.has(key) && Object.is(merged[key], old.get(key)));
  return (same ? before : merged) as T;
}

/** Compares by position, or by `id` or `ts` where the entries have one: a list may grow at either end. */
function reuseList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const byKey = new Map(before.map((entry, index) => [keyOf(entry, index), entry]));
  const merged = after.map((entry, index) => reuse(byKey.get(keyOf(entry, index)), entry));
  const same =
    merged.length === before.length && merged.every((entry, index) => Object.is(entry, before[index]));
  return same ? before : merged;
}

function keyOf(entry: unknown, index: number): unknown {
  return isRecord(entry) ? (entry.id ?? entry.ts ?? index) : index;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
