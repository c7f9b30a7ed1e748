/** What the bot is measured against: Bolt and one listener that acks, nothing else. */
import { App, LogLevel } from '@slack/bolt';

const { SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, PORT, HOST } = process.env;
const app = new App({
  token: SLACK_BOT_TOKEN ?? '',
  signingSecret: SLACK_SIGNING_SECRET ?? '',
  logLevel: LogLevel.ERROR,
  clientOptions: { slackApiUrl: SLACK_API_URL ?? '' },
});

// As long as the help of the bot.
const answer = {
  response_type: 'ephemeral' as const,
  text: 'x'.repeat(Number(process.env.BENCH_ANSWER_CHARS)),
};

app.command('/mta-sts', async ({ ack, client, command }) => {
  if (command.text === 'help') return ack(answer);
  await ack();
  if (command.text === 'ack') return;
  const view = { type: 'modal' as const, title: { type: 'plain_text' as const, text: 'Bare' }, blocks: [] };
  await client.views.open({ trigger_id: command.trigger_id, view });
});

await app.start({ port: Number(PORT), host: HOST ?? '127.0.0.1' });
console.log('ready');
