// A device as it is answered, and the filters of the list. It shows what is stored and when that was observed; it concludes nothing.
import * as z from 'zod';
import { accessStates } from '../../domain/access.ts';
import { deviceNameOf } from '../../domain/described-device.ts';
import type { DescribedDevice } from '../../domain/described-device.ts';
import { isVersion, problemWithOs } from '../../domain/device-filter.ts';
import type { DeviceFilter } from '../../domain/device-filter.ts';
import type { StatisticsReading } from '../../domain/device-record.ts';
import { policyApplications } from '../../domain/device-statistics.ts';
import { Guid, listOf, Time } from './answers.ts';
import { Continuation, queryNumber, queryText, topParameter } from './parameters.ts';

const text = z.string().optional();
const time = Time.optional();

const WipeView = z.strictObject({ requestedAt: time, sentAt: time, acknowledgedAt: time, requestor: text }).meta({
  id: 'WipeTimes',
  description: 'How far a wipe has come. Acknowledged means that the device accepted the order, not that it is erased.',
});

const StatisticsView = z
  .strictObject({
    readAt: Time,
    lastSyncAttemptAt: time,
    lastSuccessSyncAt: time,
    policyUpdatedAt: time,
    policy: text,
    policyApplication: z.enum(policyApplications).optional(),
    deviceWipe: WipeView,
    accountWipe: WipeView,
    status: text,
    statusNote: text,
    isRemoteWipeSupported: z.boolean().optional(),
    folderCount: z.int().optional(),
    heartbeatSeconds: z.number().optional(),
  })
  .meta({ id: 'DeviceStatistics', description: 'What its mailbox knew about the device when it was last asked.' });

const ManagedView = z
  .strictObject({
    id: z.string(),
    userId: text,
    easDeviceId: text,
    name: text,
    model: text,
    manufacturer: text,
    os: text,
    osVersion: text,
    serialNumber: text,
    ownership: z.enum(['company', 'personal']).optional(),
    compliance: text,
    enrolledAt: time,
  })
  .meta({ id: 'ManagedDevice', description: 'The device as Intune knows it.' });

const Ownership = z.enum(['company', 'personal']);

/** What people said about a device; without times as long as nobody did. */
export const AnnotationView = z
  .strictObject({ note: text, ownership: Ownership.optional(), changedAt: time, changedBy: text })
  .meta({ id: 'Annotation' });

/** What somebody wants an annotation to say. What is left out is taken away. */
export const AnnotationBody = z
  .strictObject({ note: z.string().max(2000).exactOptional(), ownership: Ownership.exactOptional() })
  .meta({ id: 'AnnotationChange' });

const OwnerView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mailbox'), mailbox: Guid, user: Guid.optional(), userName: text }),
  z.strictObject({ kind: z.literal('unknown') }),
]);

const ScopeView = z.discriminatedUnion('isInScope', [
  z.strictObject({ isInScope: z.literal(true) }),
  z.strictObject({ isInScope: z.literal(false), reason: z.enum(['inactive', 'outside']) }),
]);

/** A device. */
export const DeviceView = z
  .strictObject({
    id: Guid,
    organization: Guid,
    name: text.meta({ description: '<user name>_<device type>; not unique.' }),
    owner: OwnerView,
    deviceId: text,
    deviceType: text,
    model: text,
    os: text,
    osLanguage: text,
    userAgent: text,
    friendlyName: text,
    imei: text,
    mobileOperator: text,
    phoneNumber: text,
    clientType: text,
    clientVersion: text,
    accessState: z.enum(accessStates).optional(),
    accessStateReason: text,
    accessRule: text,
    firstSyncAt: time,
    observedAt: Time.meta({ description: 'When Exchange last showed the device like this.' }),
    firstSeenAt: Time,
    goneAt: time.meta({ description: 'When the device was found to be gone from Exchange.' }),
    scope: ScopeView,
    statistics: StatisticsView.optional(),
    managed: ManagedView.optional(),
    predecessor: Guid.optional().meta({ description: 'The device that this one was before a reset.' }),
    annotation: AnnotationView.optional(),
  })
  .meta({ id: 'Device' });
type DeviceView = z.output<typeof DeviceView>;

/** A page of devices. */
export const DeviceListView = listOf(DeviceView).extend({
  scanned: z.int().meta({ description: 'How many stored devices were read for this page: it may be empty and yet not the last.' }),
});

/** The device as it is answered. */
export function deviceView({ record, observedAt, annotation }: DescribedDevice): DeviceView {
  const { id, organization, device, owner, firstSeenAt, goneAt, statistics, managed, predecessor } = record;
  const { deviceId, deviceType, model, os, osLanguage, userAgent, friendlyName, imei, mobileOperator, phoneNumber } = device;
  const { clientType, clientVersion, accessState, accessStateReason, accessRule, firstSyncAt } = device;
  return {
    id,
    organization,
    name: deviceNameOf(record),
    owner,
    deviceId,
    deviceType,
    model,
    os,
    osLanguage,
    userAgent,
    friendlyName,
    imei,
    mobileOperator,
    phoneNumber,
    clientType,
    clientVersion,
    accessState,
    accessStateReason,
    accessRule,
    firstSyncAt,
    observedAt,
    firstSeenAt,
    goneAt,
    // Only what the settings leave out is marked.
    scope: record.scope ?? { isInScope: true },
    statistics: statistics && statisticsView(statistics),
    managed,
    predecessor,
    annotation,
  };
}

function statisticsView({ facts, readAt }: StatisticsReading): z.output<typeof StatisticsView> {
  const { lastSyncAttemptAt, lastSuccessSyncAt, policyUpdatedAt, policy, policyApplication, deviceWipe, accountWipe } = facts;
  const { status, statusNote, isRemoteWipeSupported, folderCount, heartbeatSeconds } = facts;
  return {
    readAt,
    lastSyncAttemptAt,
    lastSuccessSyncAt,
    policyUpdatedAt,
    policy,
    policyApplication,
    deviceWipe,
    accountWipe,
    status,
    statusNote,
    isRemoteWipeSupported,
    folderCount,
    heartbeatSeconds,
  };
}

const GONE = { false: 'hidden', true: 'only', all: 'all' } as const;

/** The filters of the list of devices. A device meets a filter only when what it asks for is known. */
export const DeviceListQuery = z.strictObject({
  collection: queryText('Id of a collection: only its members.').optional(),
  user: queryText('Object id or user principal name of the owner.').optional(),
  state: z.enum(accessStates).optional().meta({ description: 'The access state.' }),
  clientType: queryText('Such as EAS or Outlook.').optional(),
  type: queryText('The device type.').optional(),
  model: queryText('The model.').optional(),
  os: queryText('A name (iOS), a name with the beginning of a version (iOS 17), or a comparison (iOS<17.4).')
    .superRefine((wanted, context) => {
      const message = problemWithOs(wanted);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  easBelow: queryText('Exchange ActiveSync below this version; only EAS clients state one.')
    .refine(isVersion, 'Not a version, such as 16.1.')
    .optional(),
  staleDays: queryNumber(0, 3650, 'Had not synced for that many days when its statistics were last read.').optional(),
  gone: z.enum(['true', 'false', 'all']).optional().meta({ description: 'true: only gone ones; all: these too; left out: none.' }),
  search: queryText('Beginning of the user name, the device name or the DeviceId.').optional(),
  top: topParameter(1000, 100),
  continuation: Continuation,
});

/** The filter that a query stands for. */
export function deviceFilterOf(query: z.output<typeof DeviceListQuery>): DeviceFilter {
  const { state, clientType, type, model, os, easBelow, staleDays, gone = 'false', search } = query;
  return {
    ...(state !== undefined && { state }),
    ...(clientType !== undefined && { clientType }),
    ...(type !== undefined && { type }),
    ...(model !== undefined && { model }),
    ...(os !== undefined && { os }),
    ...(easBelow !== undefined && { easBelow }),
    ...(staleDays !== undefined && { staleDays }),
    ...(search !== undefined && { search }),
    gone: GONE[gone],
  };
}
