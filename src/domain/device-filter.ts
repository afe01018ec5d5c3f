// Which devices of an organization a list shows: conditions on stored facts, tested device by device. What is unknown meets no condition.
// Which devices the asker may see at all is decided before (grant.ts), and how many rows are read for it elsewhere.
import type { AccessState } from './access.ts';
import { deviceNameOf } from './described-device.ts';
import type { DeviceRecord } from './device-record.ts';
import { fold } from './fold.ts';
import { msBetween } from './instant.ts';

/** All given conditions must hold. */
export interface DeviceFilter {
  readonly state?: AccessState;
  /** `EAS`, `Outlook`, `REST`, `MOWA`; compared without case, as are type and model. */
  readonly clientType?: string;
  readonly type?: string;
  readonly model?: string;
  /** A name, a name with the beginning of a version (`iOS 17`), or a comparison (`iOS<17.4`, `Android>=14`). */
  readonly os?: string;
  /** Exchange ActiveSync below this version. Only EAS clients state one. */
  readonly easBelow?: string;
  /** Had not synced for that many days when its statistics were last read. */
  readonly staleDays?: number;
  readonly gone: 'hidden' | 'only' | 'all';
  /** Beginning of the user name, the device name or the DeviceId. */
  readonly search?: string;
  /** The user name in full. */
  readonly userName?: string;
}

type Test = (record: DeviceRecord) => boolean;

/** The test that a filter stands for. */
export function deviceTest(filter: DeviceFilter): Test {
  const tests = [goneTest(filter.gone), ...attributeTests(filter), ...personTests(filter)];
  return (record) => tests.every((test) => test(record));
}

function goneTest(gone: DeviceFilter['gone']): Test {
  return ({ goneAt }) => gone === 'all' || (gone === 'only') === (goneAt !== undefined);
}

function attributeTests({ state, clientType, type, model, os, easBelow, staleDays }: DeviceFilter): Test[] {
  const tests: Test[] = [];
  if (state !== undefined) tests.push(({ device }) => device.accessState === state);
  if (clientType !== undefined) tests.push(sameIn(clientType, ({ device }) => device.clientType));
  if (type !== undefined) tests.push(sameIn(type, ({ device }) => device.deviceType));
  if (model !== undefined) tests.push(sameIn(model, ({ device }) => device.model));
  if (os !== undefined) tests.push(osTest(os));
  if (easBelow !== undefined) tests.push((record) => isEasBelow(record, easBelow));
  if (staleDays !== undefined) tests.push((record) => isStale(record, staleDays));
  return tests;
}

function personTests({ search, userName }: DeviceFilter): Test[] {
  const tests: Test[] = [];
  if (userName !== undefined) tests.push(sameIn(userName, userNameOf));
  if (search !== undefined) {
    const beginning = fold(search);
    const names = (record: DeviceRecord): (string | undefined)[] => [userNameOf(record), deviceNameOf(record), record.device.deviceId];
    tests.push((record) => names(record).some((name) => name !== undefined && fold(name).startsWith(beginning)));
  }
  return tests;
}

function userNameOf({ owner }: DeviceRecord): string | undefined {
  return owner.kind === 'mailbox' ? owner.userName : undefined;
}

function sameIn(wanted: string, textIn: (record: DeviceRecord) => string | undefined): Test {
  const isSame = sameAs(wanted);
  return (record) => isSame(textIn(record));
}

/** The wanted text is folded once, not for every device. */
function sameAs(wanted: string): (text: string | undefined) => boolean {
  const folded = fold(wanted);
  return (text) => text !== undefined && fold(text) === folded;
}

const COMPARISON = /^(?<name>[^<>]+)(?<sign><=|>=|<|>)(?<version>[^<>]+)$/;
// Exchange keeps what devices send: `iOS 17.4 21E219`, `Android 14`, `Windows Phone 8.10.14219.341`.
const NAME_AND_VERSION = /^(?<name>\D+)(?<version>\d+(?:\.\d+)*)/;

/** Whether `text` is a version: numbers with dots between them. */
export function isVersion(text: string): boolean {
  return /^\d{1,9}(?:\.\d{1,9}){0,5}$/.test(text);
}

/** What is wrong with a condition on the operating system, in words for whoever wrote it; undefined when nothing is. */
export function problemWithOs(wanted: string): string | undefined {
  if (!/[<>]/.test(wanted)) return undefined;
  const version = COMPARISON.exec(wanted)?.groups?.['version']?.trim() ?? '';
  return isVersion(version) ? undefined : 'A comparison is a name, one of < <= > >= and a version, such as iOS<17.4.';
}

function osTest(wanted: string): Test {
  const { name = '', sign, version = '' } = COMPARISON.exec(wanted)?.groups ?? {};
  const beginning = fold(wanted.trim());
  if (sign === undefined) return ({ device }) => device.os !== undefined && beginsWithWords(fold(device.os), beginning);
  const isNamed = sameAs(name.trim());
  return ({ device }) => {
    const found = NAME_AND_VERSION.exec(device.os ?? '')?.groups;
    return isNamed(found?.['name']?.trim()) && isOnSide(compareVersions(found?.['version'] ?? '', version.trim()), sign);
  };
}

/** Whole words and whole numbers only: `iOS 1` is not the beginning of `iOS 17`. */
function beginsWithWords(text: string, beginning: string): boolean {
  return text.startsWith(beginning) && !/^[a-z0-9]/.test(text.slice(beginning.length));
}

function isOnSide(order: number, sign: string): boolean {
  if (order === 0) return sign.endsWith('=');
  return order < 0 === sign.startsWith('<');
}

function isEasBelow({ device }: DeviceRecord, version: string): boolean {
  const isStated = device.clientType === 'EAS' && device.clientVersion !== undefined && /^\d/.test(device.clientVersion);
  return isStated && compareVersions(device.clientVersion, version) < 0;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Judged by the time of the reading: what the device did since is not known. */
function isStale({ statistics }: DeviceRecord, days: number): boolean {
  const syncedAt = statistics?.facts.lastSuccessSyncAt;
  return syncedAt !== undefined && msBetween(syncedAt, statistics?.readAt ?? syncedAt) >= days * DAY_MS;
}

/** An order of dotted versions, number by number; what a shorter one lacks counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let index = 0; index < Math.max(left?.length ?? 0, right?.length ?? 0); index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
