// Devices of an organization as people ask for them: of one user by point lookups, else by a bounded scan that may stop before its end.
import pMap from 'p-map';
import { canSee, filterOf } from '../domain/authorization.ts';
import type { Scope } from '../domain/authorization.ts';
import type { Membership } from '../domain/collection.ts';
import { describe } from '../domain/described-device.ts';
import type { DescribedDevice } from '../domain/described-device.ts';
import { deviceTest } from '../domain/device-filter.ts';
import type { DeviceFilter } from '../domain/device-filter.ts';
import { parseEntraObjectId } from '../domain/device-identity.ts';
import type { EntraObjectId } from '../domain/device-identity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import { joinFilters } from '../domain/membership-filter.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { ScanPage } from '../domain/store-page.ts';

type Needs = Pick<Ports, 'connectors' | 'devices' | 'users'>;

export interface DeviceListAsk {
  readonly organization: OrganizationId;
  /** The devices that the caller may see. */
  readonly scope: Scope;
  /** Only members of this collection. */
  readonly collection?: Membership;
  readonly filter: DeviceFilter;
  /** Object id or user principal name. */
  readonly user?: string;
  readonly top: number;
  readonly continuation?: string;
  readonly signal?: AbortSignal;
}

const PARALLEL_READS = 8;
/** How a continuation begins, by the way in which the list is read. */
const BY_USER = 'user|';
const BY_SCAN = 'scan|';

/** The next devices that the caller may see and that match, in the order of their ids. It may find none and yet not be at the end. */
export async function listDevices(needs: Needs, ask: DeviceListAsk): Promise<ScanPage<DescribedDevice>> {
  const { devices, connectors } = needs;
  const [state, { values, ...rest }] = await Promise.all([connectors.discoveryState(ask.organization), find(needs, ask)]);
  const ids = values.map(({ id }) => id);
  const annotations = await devices.annotationsOf(ask.organization, ids);
  return { ...rest, values: values.map((record) => describe(record, state?.value, annotations.get(record.id))) };
}

async function find(needs: Needs, ask: DeviceListAsk): Promise<ScanPage<DeviceRecord>> {
  if (ask.user === undefined || ask.continuation?.startsWith(BY_SCAN)) return scan(needs, ask);
  const users = await usersNamed(needs, ask.organization, ask.user);
  // Where the directory cannot be read, the name that Exchange gave to the owner is all there is.
  return users.length > 0 ? ofUsers(needs, ask, users) : scan(needs, ask);
}

async function usersNamed({ users }: Needs, organization: OrganizationId, user: string): Promise<readonly EntraObjectId[]> {
  const id = parseEntraObjectId(user);
  if (id !== undefined) return [id];
  const found = await users.withUserPrincipalName(organization, user);
  return found.map((each) => parseEntraObjectId(each.user.id)).filter((each) => each !== undefined);
}

async function ofUsers({ devices }: Needs, ask: DeviceListAsk, users: readonly EntraObjectId[]): Promise<ScanPage<DeviceRecord>> {
  const { organization, scope, collection, filter, top, continuation = BY_USER } = ask;
  const found = (await pMap(users, (user) => devices.devicesOfUser(organization, user), { concurrency: PARALLEL_READS })).flat();
  const records = found.filter((record) => canSee(scope, record));
  const after = continuation.slice(BY_USER.length);
  const rest = records
    .filter(deviceTest(filter))
    .filter((record) => !collection || collection.has(record))
    .filter(({ id }) => id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const values = rest.slice(0, top);
  const last = rest.length > top ? values.at(-1) : undefined;
  return { values, scanned: records.length, ...(last && { continuation: `${BY_USER}${last.id}` }) };
}

async function scan({ devices }: Needs, ask: DeviceListAsk): Promise<ScanPage<DeviceRecord>> {
  const { organization, scope, collection, filter, user, top, continuation, signal } = ask;
  const isAsked = deviceTest(user === undefined ? filter : { ...filter, userName: user });
  const storageFilter = joinFilters(filterOf(scope), collection?.filter);
  let visible = 0;
  const page = await devices.scan(organization, {
    matches(record) {
      if (!canSee(scope, record)) return false;
      visible += 1;
      return (!collection || collection.has(record)) && isAsked(record);
    },
    top,
    ...(storageFilter && { filter: storageFilter }),
    ...(continuation !== undefined && { continuation: continuation.slice(BY_SCAN.length) }),
    ...(signal && { signal }),
  });
  // How many rows there are beside those that the caller may see is told to nobody.
  return { ...page, scanned: visible, ...(page.continuation !== undefined && { continuation: `${BY_SCAN}${page.continuation}` }) };
}
