// What a first discovery found, counted from the devices that the API lists, and said in a few lines that are worth reading.
import { styleText } from 'node:util';

/** What the summary needs of a device that the API lists. */
export interface ListedDevice {
  readonly clientType?: string;
  readonly clientVersion?: string;
  readonly accessState?: string;
  readonly owner: { readonly kind: string };
  readonly statistics?: { readonly lastSuccessSyncAt?: string };
}

export interface DeviceCounts {
  readonly devices: number;
  readonly ownerless: number;
  readonly byClientType: ReadonlyMap<string, number>;
  readonly byState: ReadonlyMap<string, number>;
  readonly byStaleness: ReadonlyMap<string, number>;
  /** Exchange ActiveSync clients that cannot be wiped account by account: their protocol is older than 16.1. */
  readonly oldProtocol: number;
}

/** Staleness in the order in which it is told. */
const STALENESS = ['within a week', '8 to 30 days', '31 to 90 days', 'over 90 days', 'no time known', 'not read yet'] as const;
type Staleness = (typeof STALENESS)[number];

const DAY_MS = 86_400_000;
const COUNT = new Intl.NumberFormat('en-US');

/** Counts devices one by one, so that no list has to be kept. */
export function createDeviceCounter(nowMs: number): { add(device: ListedDevice): void; counts(): DeviceCounts } {
  const byClientType = new Map<string, number>();
  const byState = new Map<string, number>();
  const byStaleness = new Map<string, number>(STALENESS.map((each) => [each, 0]));
  let devices = 0;
  let ownerless = 0;
  let oldProtocol = 0;
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  return {
    add(device) {
      devices += 1;
      if (device.owner.kind === 'unknown') ownerless += 1;
      count(byClientType, device.clientType ?? 'unknown');
      count(byState, device.accessState ?? 'unknown');
      count(byStaleness, stalenessOf(device, nowMs));
      if (device.clientType === 'EAS' && isOld(device.clientVersion)) oldProtocol += 1;
    },
    counts: () => ({ devices, ownerless, byClientType, byState, byStaleness, oldProtocol }),
  };
}

function stalenessOf({ statistics }: ListedDevice, nowMs: number): Staleness {
  if (!statistics) return 'not read yet';
  if (statistics.lastSuccessSyncAt === undefined) return 'no time known';
  const days = (nowMs - Date.parse(statistics.lastSuccessSyncAt)) / DAY_MS;
  if (days <= 7) return 'within a week';
  if (days <= 30) return '8 to 30 days';
  return days <= 90 ? '31 to 90 days' : 'over 90 days';
}

/** Below 16.1: `Clear-MobileDevice -AccountOnly` needs that version. One that is unknown does not count. */
function isOld(version: string | undefined): boolean {
  const [major = Number.NaN, minor = 0] = version === undefined ? [] : version.split('.').map(Number);
  return major < 16 || (major === 16 && minor < 1);
}

function told(map: ReadonlyMap<string, number>, isSorted: boolean): string {
  const entries = [...map].filter(([, count]) => count > 0);
  const order = isSorted ? entries.toSorted(([, a], [, b]) => b - a) : entries;
  return order.map(([name, count]) => `${name} ${COUNT.format(count)}`).join(', ');
}

/** The lines, ready to print; coloured for a terminal. */
export function deviceSummary(counts: DeviceCounts, useColor: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const rows: [string, string][] = [
    [
      'Devices',
      `${COUNT.format(counts.devices)}${counts.ownerless > 0 ? `, ${COUNT.format(counts.ownerless)} without a known owner` : ''}`,
    ],
    ['By client', told(counts.byClientType, true)],
    ['By access', told(counts.byState, true)],
    ['Last sync', told(counts.byStaleness, false)],
    ['EAS < 16.1', `${COUNT.format(counts.oldProtocol)}, which cannot be wiped account by account`],
  ];
  return rows.map(([name, value]) => `  ${paint('dim', name.padEnd(12))} ${value}`).join('\n');
}
