/**
 * Hosting services where a name that is given up can be claimed by anybody, so that an alias to it hands the
 * policy over. Told by the alias, and by the page that the service shows for a name that nobody claims.
 */

interface Service {
  readonly name: string;
  /** The end of the alias. */
  readonly alias: RegExp;
  /** What the service answers for a name that nobody claims; absent where the name is then gone from DNS. */
  readonly page?: RegExp;
}

const services: readonly Service[] = [
  { name: 'GitHub Pages', alias: /\.github\.io$/, page: /There isn't a GitHub Pages site here/ },
  {
    name: 'Azure',
    alias:
      /\.(?:azurewebsites\.net|cloudapp\.net|cloudapp\.azure\.com|trafficmanager\.net|azureedge\.net|(?:blob|web)\.core\.windows\.net|azurestaticapps\.net|azurefd\.net)$/,
    page: /404 Web Site not found/,
  },
  {
    name: 'Amazon S3',
    alias: /(?:^|\.)s3[a-z0-9.-]*\.amazonaws\.com$/,
    page: /<Code>NoSuchBucket<\/Code>|The specified bucket does not exist/,
  },
  { name: 'Netlify', alias: /\.netlify\.(?:app|com)$/, page: /Not Found - Request ID:/ },
  { name: 'Heroku', alias: /\.(?:herokuapp|herokudns)\.com$/, page: /No such app|no-such-app\.html/ },
];

/** Cloudflare: the name leads to an account that does not have it (1014), or to an origin that does not resolve (1016). */
const cloudflare = /error code: 101[46]\b|\bError\s+101[46]\b/i;

/** The service that an alias belongs to, where anybody could claim its name. */
export function serviceOf(alias: string): string | undefined {
  return services.find((service) => service.alias.test(alias.toLowerCase()))?.name;
}

/** The service whose page says that nobody claims the host. */
export function unclaimedBy(aliases: readonly string[], status: number, body: string): string | undefined {
  if (status < 400) return undefined;
  // The pages are short, and say so at their beginning.
  const page = body.slice(0, 8_192);
  if (cloudflare.test(page)) return 'Cloudflare';
  return services.find(
    ({ alias, page: shown }) =>
      shown?.test(page) === true && aliases.some((name) => alias.test(name.toLowerCase())),
  )?.name;
}
