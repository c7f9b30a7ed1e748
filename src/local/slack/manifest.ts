/** What the local Slack needs from manifest.json: commands, shortcuts, events and scopes. The bot itself never reads it here. */
import { z } from 'zod';

const manifestSchema = z.object({
  display_information: z.object({ name: z.string() }),
  features: z.object({
    app_home: z
      .object({ home_tab_enabled: z.boolean(), messages_tab_enabled: z.boolean() })
      .partial()
      .optional(),
    bot_user: z.object({ display_name: z.string() }),
    shortcuts: z
      .array(
        z.object({
          name: z.string(),
          type: z.enum(['global', 'message']),
          callback_id: z.string(),
          description: z.string(),
        }),
      )
      .default([]),
    slash_commands: z
      .array(
        z.object({
          command: z.string().startsWith('/'),
          description: z.string(),
          usage_hint: z.string().default(''),
          should_escape: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
  oauth_config: z.object({
    scopes: z.object({ bot: z.array(z.string()), bot_optional: z.array(z.string()).default([]) }),
  }),
  settings: z.object({
    event_subscriptions: z.object({ bot_events: z.array(z.string()) }).optional(),
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Throws when the text of manifest.json does not have what a workspace needs to install the app. */
export function parseManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}

/** Every scope that installing the app grants, the optional ones included. */
export function scopesOf(manifest: Manifest): string[] {
  const { bot, bot_optional: optional } = manifest.oauth_config.scopes;
  return [...bot, ...optional];
}
