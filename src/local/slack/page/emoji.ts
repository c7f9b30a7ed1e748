/** The emoji that the bot's texts may name; any other stays as its name between colons. */

const emoji: Readonly<Record<string, string>> = {
  arrow_right: '➡️',
  arrows_counterclockwise: '🔄',
  bell: '🔔',
  bulb: '💡',
  calendar: '📅',
  clipboard: '📋',
  envelope: '✉️',
  eyes: '👀',
  gear: '⚙️',
  globe_with_meridians: '🌐',
  heavy_check_mark: '✔️',
  heavy_minus_sign: '➖',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  information_source: 'ℹ️',
  key: '🔑',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  link: '🔗',
  lock: '🔒',
  mag: '🔍',
  mailbox: '📫',
  memo: '📝',
  no_entry: '⛔',
  ok: '🆗',
  page_facing_up: '📄',
  pencil2: '✏️',
  question: '❓',
  red_circle: '🔴',
  rocket: '🚀',
  rotating_light: '🚨',
  shield: '🛡️',
  smile: '😄',
  tada: '🎉',
  thumbsup: '👍',
  unlock: '🔓',
  warning: '⚠️',
  wave: '👋',
  white_check_mark: '✅',
  white_circle: '⚪',
  x: '❌',
};

/** The characters of a named emoji, or `:name:`. */
export function emojiText(name: string): string {
  return Object.hasOwn(emoji, name) ? (emoji[name] ?? '') : `:${name}:`;
}

/** Plain text with its named emoji replaced. */
export function withEmoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]{1,64}):/g, (_, name: string) => emojiText(name));
}
