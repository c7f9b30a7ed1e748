/**
 * A PostgreSQL cluster that is made once per run (server-setup.ts) and copied: a twentieth of the work of making one.
 * Tests of the making itself start from an empty folder.
 */
import { cpSync } from 'node:fs';
import { inject } from 'vitest';

/** The folder of one as the embedded server makes it, cleanly stopped. To be copied, never started. */
export async function madeCluster(): Promise<string> {
  const answer = await fetch(new URL('cluster', inject('testServers')));
  if (!answer.ok) throw new Error(`No cluster was made: ${await answer.text()}`);
  return (await answer.json()) as string;
}

/** Puts one where there is nothing yet. */
export function copyCluster(cluster: string, to: string): void {
  cpSync(cluster, to, { recursive: true, errorOnExist: true, force: false });
}
