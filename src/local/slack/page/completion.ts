/** What the composer offers while a command is typed. Pure; drawing it is left to composer.ts. */

export interface Command {
  readonly command: string;
  readonly description: string;
  readonly usageHint: string;
}

interface Suggestion {
  /** The composer's whole text once it is taken. */
  readonly text: string;
  readonly title: string;
  readonly about: string;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** Enter takes the first one; otherwise Enter sends what is typed. */
  readonly preselect: boolean;
  /** How the typed command goes on. */
  readonly usage: Command | undefined;
}

interface Scenario {
  readonly domain: string;
  readonly title: string;
}

const mostSuggestions = 8;
const none: Completion = { suggestions: [], preselect: false, usage: undefined };

export function complete(
  text: string,
  commands: readonly Command[],
  scenarios: readonly Scenario[],
): Completion {
  const typed = /^(\/\S*)(?:[ ]+(.*))?$/.exec(text);
  if (typed === null) return none;
  const [, word = '', rest] = typed;
  if (rest === undefined) return completeCommand(word, commands);
  const usage = commands.find(({ command }) => command === word.toLowerCase());
  if (usage === undefined) return none;
  const suggestions = completeWords(usage, rest, scenarios).slice(0, mostSuggestions);
  return { suggestions, preselect: false, usage };
}

function completeCommand(word: string, commands: readonly Command[]): Completion {
  const fitting = commands.filter(({ command }) => command.startsWith(word.toLowerCase()));
  const exact = fitting.find(({ command }) => command === word.toLowerCase());
  const suggestions = fitting.map(({ command, usageHint, description }) => ({
    text: `${command} `,
    title: `${command} ${usageHint}`,
    about: description,
  }));
  return { suggestions, preselect: exact === undefined, usage: undefined };
}

/** The words of the usage hint, and where it says `domain` the domains of the local internet. */
function completeWords(
  { command, usageHint }: Command,
  rest: string,
  scenarios: readonly Scenario[],
): Suggestion[] {
  const forms = usageHint.split('|').map((form) => form.trim().split(/\s+/));
  const [first = '', second, ...more] = rest.split(/[ ]+/);
  if (more.length > 0) return [];
  const domains = (lead: string, part: string): Suggestion[] =>
    scenarios
      .filter(({ domain }) => domain.startsWith(part.toLowerCase()) && domain !== part.toLowerCase())
      .map(({ domain, title }) => ({ text: `${command} ${lead}${domain}`, title: domain, about: title }));
  if (second !== undefined) {
    const takesDomain = forms.some(
      ([word, argument]) => word === first && argument?.includes('domain') === true,
    );
    return takesDomain ? domains(`${first} `, second) : [];
  }
  const words = forms
    .filter(([word = '']) => /^[a-z]/.test(word) && word.startsWith(first) && word !== first)
    .map(([word = '', argument]) => ({
      text: `${command} ${word}${argument === undefined ? '' : ' '}`,
      title: argument === undefined ? word : `${word} ${argument}`,
      about: '',
    }));
  const bare = forms.some(([word]) => word?.includes('domain') === true);
  return bare ? [...domains('', first), ...words] : words;
}
