/** Healthy domains that can be broken and mended while everything runs, and the switches that do it. */
import { allWell, broken, enforced, mailHost, policyPath, remarks, testing } from '../healthy.ts';
import type { MailServer, Page, Scenario, WebServer } from '../scenario.ts';
import type { Switch } from '../switch.ts';

const group = 'To break and mend';
const watched = 'watched.test';
const rehearsed = 'rehearsed.test';

/** Has its address and its server from the start: new ones cannot come while everything runs. */
const newHost = mailHost(`mx3.${watched}`);

const enforcing = enforced([group, watched, 'All well in mode enforce, until a switch breaks it'], allWell, {
  mx: [{ host: 'mx1' }, { host: 'mx2', preference: 20 }],
  records: newHost.records,
});

export const switchedScenarios: readonly Scenario[] = [
  { ...enforcing, mail: [...(enforcing.mail ?? []), ...newHost.servers] },
  testing([group, rehearsed, 'All well in mode testing, until a switch breaks it'], {
    verdict: 'testing',
    findings: [],
  }),
];

const withdrawnPolicy = policy((text) =>
  text.replace(/^mode: .*$/m, 'mode: none').replace(/^max_age: .*$/m, 'max_age: 86400'),
);
const withdrawnRecord = record(watched, 'v=STSv1; id=20261120T120000Z;');

/** Those of a domain do not undo each other: each changes something else, or more of the same. */
export const switches: readonly Switch[] = [
  {
    ...told(watched, 'mx-cert-expired', 'The certificate of mx1 has expired'),
    description: 'It was not renewed, and ended two days ago. Senders refuse the host.',
    expect: broken('smtp.cert-expired'),
    change: mail(`mx1.${watched}`, { certificate: { daysLeft: -2 } }),
  },
  {
    ...told(watched, 'mx-cert-expiring', 'The certificate of mx2 ends in 5 days'),
    description: 'It is still good, and should have been renewed long ago.',
    expect: remarks('smtp.cert-expiring'),
    change: mail(`mx2.${watched}`, { certificate: { daysLeft: 5 } }),
  },
  {
    ...told(watched, 'mx-no-starttls', 'mx2 offers no STARTTLS any more'),
    description: 'As after an update of the mail server. Senders refuse the host.',
    expect: broken('smtp.starttls-missing'),
    change: mail(`mx2.${watched}`, { extensions: ['PIPELINING', 'SIZE 52428800', '8BITMIME'] }),
  },
  {
    ...told(watched, 'mx-new', 'A new mail host came before its line in the policy'),
    description: 'DNS has the MX mx3, and the policy does not name it. Senders refuse the host.',
    expect: broken('mx.backup-not-covered'),
    change: (place) => ({ ...place, records: [...place.records, `${watched} MX 30 mx3.${watched}`] }),
  },
  {
    ...told(watched, 'policy-changed', 'The policy changed and the id did not'),
    description:
      'max_age went from 30 days to 14; senders do not look again. An alert comes when it has lasted an hour.',
    expect: allWell,
    change: policy((text) => text.replace(/^max_age: .*$/m, 'max_age: 1209600')),
  },
  {
    ...told(watched, 'id-changed', 'The id changed and the policy did not'),
    description:
      'Senders fetch the policy again and find the same. No alert comes: for a day, a check has a notice.',
    expect: allWell,
    change: record(watched, 'v=STSv1; id=20261115T080000Z;'),
  },
  {
    ...told(watched, 'mode-none', 'The policy is back to mode none'),
    description: 'With an id of its own and a max_age of one day: MTA-STS is withdrawn in good order.',
    expect: { verdict: 'off', findings: [] },
    change: (place) => withdrawnRecord(withdrawnPolicy(place)),
  },
  {
    ...told(watched, 'policy-404', 'The policy file is gone (404)'),
    description: 'The policy host answers 404, as after a move to another web server.',
    expect: broken('http.status'),
    change: page(() => ({
      status: 404,
      headers: { 'content-type': 'text/html' },
      body: '<!doctype html><h1>Not Found</h1>',
    })),
  },
  {
    ...told(watched, 'policy-cert-expired', 'The certificate of the policy host has expired'),
    description: 'Senders can have no policy; those that hold one keep to it.',
    expect: broken('host.cert-expired'),
    change: web(() => ({ certificate: { daysLeft: -2 } })),
  },
  {
    ...told(watched, 'policy-host-down', 'The policy host is down'),
    description: 'Nobody listens on its port 443: connections are refused.',
    expect: broken('host.port-closed'),
    change: (place) => ({ ...place, web: [] }),
  },
  {
    ...told(watched, 'record-gone', 'The TXT record is gone'),
    description: 'Senders that hold the policy keep to it; all others no longer know of it.',
    expect: { verdict: 'off', findings: ['txt.absent-but-policy-host'] },
    change: record(watched, undefined),
  },
  {
    ...told(watched, 'dns-fails', 'DNS fails (SERVFAIL)'),
    description: 'Every question about the domain is answered SERVFAIL.',
    expect: broken('txt.servfail'),
    change: (place) => ({ ...place, dns: { faults: [{ kind: 'fails', rcode: 'SERVFAIL' }] } }),
  },
  {
    ...told(rehearsed, 'mx-cert-expired', 'The certificate of the MX host has expired'),
    description: 'Mail still arrives: senders only report it.',
    expect: { verdict: 'testing', findings: ['smtp.cert-expired'] },
    change: mail(`mx.${rehearsed}`, { certificate: { daysLeft: -2 } }),
  },
  {
    ...told(rehearsed, 'policy-404', 'The policy file is gone (404)'),
    description: 'The policy host answers 404.',
    expect: broken('http.status'),
    change: page(() => ({ status: 404 })),
  },
  {
    ...told(rehearsed, 'record-gone', 'The TXT record is gone'),
    description: 'Senders no longer know that there is a policy.',
    expect: { verdict: 'off', findings: ['txt.absent-but-policy-host'] },
    change: record(rehearsed, undefined),
  },
];

function told(domain: string, fault: string, title: string) {
  return { id: `${domain}/${fault}`, domain, title };
}

type Change = Switch['change'];

/** Another behaviour of one mail host. */
function mail(host: string, behaviour: Partial<MailServer>): Change {
  return (place) => ({
    ...place,
    mail: (place.mail ?? []).map((server) => (server.host === host ? { ...server, ...behaviour } : server)),
  });
}

/** Another behaviour of the policy host. */
function web(change: (server: WebServer) => Partial<WebServer>): Change {
  return (place) => ({
    ...place,
    web: (place.web ?? []).map((server) => ({ ...server, ...change(server) })),
  });
}

/** Another answer in the place of the policy. */
function page(change: (page: Page) => Page): Change {
  return web(({ pages }) => ({ pages: { ...pages, [policyPath]: change(pages[policyPath] ?? {}) } }));
}

/** Another text of the policy, if there is one. */
function policy(change: (text: string) => string): Change {
  return page((before) =>
    typeof before.body === 'string' ? { ...before, body: change(before.body) } : before,
  );
}

/** Another text of the TXT record, or none. */
function record(domain: string, text: string | undefined): Change {
  const start = `_mta-sts.${domain} TXT `;
  return (place) => ({
    ...place,
    records: place.records.flatMap((line) => {
      if (!line.startsWith(start)) return [line];
      return text === undefined ? [] : [start + text];
    }),
  });
}
