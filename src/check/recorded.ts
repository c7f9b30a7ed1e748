/**
 * Reads looks that were recorded, to judge them again: an observation alone, or what `check --json` printed,
 * one or several. Files come from anywhere, so everything that a rule reads is checked; the shape
 * of it stands in recorded-shape.ts.
 */
import { z } from 'zod';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Observation } from './observation.ts';
import { observationShape } from './recorded-shape.ts';

/** One look of the file, or a sentence on why it is none. */
export interface Recorded {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly observation: Result<Observation, string>;
}

/** A whole JSON value, or JSON Lines: one value a line. */
export function readRecorded(text: string): readonly Recorded[] {
  const whole = parseJson(text);
  if (whole.ok) return [{ line: 1, observation: readOne(whole.value) }];
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const value = parseJson(line);
    const observation = value.ok
      ? readOne(value.value)
      : fail('This is no JSON; record a look with mta-sts check example.com --json.');
    return [{ line: index + 1, observation }];
  });
}

function parseJson(text: string): Result<unknown, undefined> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return fail(undefined);
  }
}

function readOne(value: unknown): Result<Observation, string> {
  const isReport = typeof value === 'object' && value !== null && 'observation' in value;
  const recorded = isReport ? value.observation : value;
  const version = versions.safeParse(recorded);
  if (!version.success) {
    return fail('This is no recorded look; record one with mta-sts check example.com --json.');
  }
  if (version.data.version !== 1) {
    return fail(
      `This look has the version ${version.data.version}, and this program reads version 1; look again to record it anew.`,
    );
  }
  const read = observationShape.safeParse(recorded);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  return fail(
    `This is not as a look is recorded: ${path === '' ? 'the whole' : path}: ${issue?.message ?? 'unreadable'}.`,
  );
}

const versions = z.object({ version: z.number() });
