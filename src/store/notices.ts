/** What one person is told in the direct messages. Written by watches.ts when a conversation's watches pause. */
import type { Connection } from './connection.ts';
import type { Notices } from './store.ts';
import { isUuid } from './watch-rows.ts';

export function createNotices({ patientDb: db }: Connection): Notices {
  return {
    async find(noticeId) {
      if (!isUuid(noticeId)) return undefined;
      const row = await db
        .selectFrom('notices')
        .select(['id', 'team_id', 'user_id', 'content'])
        .where('id', '=', noticeId)
        // One that was sent is not sent again, whoever asks.
        .where('sent_at', 'is', null)
        .executeTakeFirst();
      return row && { id: row.id, team: row.team_id, user: row.user_id, content: row.content };
    },
    async sent(noticeId) {
      await db
        .updateTable('notices')
        .set({ sent_at: new Date() })
        .where('id', '=', noticeId)
        .where('sent_at', 'is', null)
        .execute();
    },
  };
}
