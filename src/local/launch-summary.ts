// What `npm start` prints once everything runs: where to look, and how to stop.
import { styleText } from 'node:util';

export interface RunningAt {
  readonly port: number;
  readonly dataDirectory: string;
  readonly storagePorts: { readonly blob: number; readonly queue: number; readonly table: number };
  readonly startedInMs: number;
}

/** The summary, ready to print; coloured for a terminal. */
export function launchSummary(at: RunningAt, useColor: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const base = `http://localhost:${at.port}`;
  const { blob, queue, table } = at.storagePorts;
  const rows: [string, string][] = [
    ['Health', `${base}/api/health`],
    ['Sign in', `${base}/.auth/login/aad`],
    ['Host status', `${base}/admin/host/status`],
    ['Storage', `127.0.0.1, ports ${blob} (blobs), ${queue} (queues), ${table} (tables)`],
    ['Data', at.dataDirectory],
  ];
  const seconds = (at.startedInMs / 1000).toFixed(1);
  return [
    '',
    `  ${paint(['bold', 'green'], 'Exchange Connector')}  ${paint('dim', `ready in ${seconds} s`)}`,
    '',
    ...rows.map(([name, value]) => `  ${paint('dim', name.padEnd(12))} ${value.startsWith('http') ? paint('cyan', value) : value}`),
    '',
    `  ${paint('dim', 'Ctrl-C stops everything in order. npm start -- --help lists the options.')}`,
    '',
  ].join('\n');
}
