/**
 * Every step from an empty database to the present one, in order. A step that was released is never changed:
 * databases out there have taken it. The next change is a file of its own with the next number.
 */
import type { Migration } from 'kysely/migration';
import { teams } from './migrations/001-teams.ts';
import { watches } from './migrations/002-watches.ts';
import { forgotten } from './migrations/003-forgotten.ts';

/** Kysely applies them by name, so the number stands first. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-teams': teams,
  '002-watches': watches,
  '003-forgotten': forgotten,
};
