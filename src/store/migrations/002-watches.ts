/** Watches, looks, incidents and notices. */
import type { Migration } from 'kysely/migration';

export const watches: Migration = {
  async up() {},
};
