// What `npm start` prints once everything runs: where to look, and how to stop.
import { styleText } from 'node:util';

export interface RunningAt {
  readonly port: number;
  readonly dataDirectory: string;
  readonly storagePorts: { readonly blob: number; readonly queue: number; readonly table: number };
  readonly organization: {
    readonly displayName: string;
    readonly domain: string;
    readonly tenantId: string;
    readonly mailboxes: number;
    readonly devices: number;
  };
  readonly startedInMs: number;
  /** What the first discovery found, ready to print. */
  readonly discovery?: string;
}

/** For people: 1,204. */
const COUNT = new Intl.NumberFormat('en-US');

/** The summary, ready to print; coloured for a terminal. */
export function launchSummary(at: RunningAt, useColor: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const base = `http://localhost:${at.port}`;
  const { blob, queue, table } = at.storagePorts;
  const { displayName, domain, tenantId, mailboxes, devices } = at.organization;
  const [label = ''] = domain.split('.');
  const rows: [string, string][] = [
    ['API', `${base}/api/organizations/${tenantId}/devices`],
    ['OpenAPI', `${base}/api/openapi.json`],
    ['Health', `${base}/api/health`],
    ['Sign in', `${base}/.auth/login/aad`],
    ['Host status', `${base}/admin/host/status`],
    ['Organization', `${displayName} (${domain}), simulated: ${COUNT.format(mailboxes)} mailboxes, ${COUNT.format(devices)} devices`],
    ['Tenant id', tenantId],
    ['Storage', `127.0.0.1, ports ${blob} (blobs), ${queue} (queues), ${table} (tables)`],
    ['Data', `${at.dataDirectory}, the host's log in host.log`],
    ['Try', `npm run doctor -- ${label}            what the connector may do there`],
    ['', `npm run tenant -- list               people, phones, faults, the clock`],
    ['', `npm run token -- alice               a bearer token for somebody`],
    ['', `npm run token -- operator-sales      the same for one who sees the devices of Sales and no others`],
    ['', `npm run audit:verify                 whether anybody has changed the audit`],
  ];
  const samples = [
    `API=${base}/api/organizations/${tenantId}`,
    `TOKEN=$(npm run --silent token -- admin)`,
    ...['devices?top=5', 'devices?state=quarantined', 'devices?easBelow=16.1&staleDays=90', 'discovery'].map(
      (path) => `curl -s -H "Authorization: Bearer $TOKEN" "$API/${path}"`,
    ),
  ];
  const seconds = (at.startedInMs / 1000).toFixed(1);
  return [
    '',
    `  ${paint(['bold', 'green'], 'Exchange Connector')}  ${paint('dim', `ready in ${seconds} s`)}`,
    '',
    ...(at.discovery === undefined ? [] : [at.discovery, '']),
    ...rows.map(([name, value]) => `  ${paint('dim', name.padEnd(12))} ${value.startsWith('http') ? paint('cyan', value) : value}`),
    '',
    ...samples.map((sample) => `  ${paint('dim', '$')} ${sample}`),
    '',
    `  ${paint('dim', 'Ctrl-C stops everything in order. npm start -- --help lists the options.')}`,
    '',
  ].join('\n');
}
