/** The tables of watches, looks, incidents and notices, for database.ts. */

// biome-ignore lint/suspicious/noEmptyInterface: its tables come with their migration.
export interface WatchTables {}
