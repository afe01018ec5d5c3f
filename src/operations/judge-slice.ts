// What a run that has read the mailboxes makes of the devices that a page lists: owner and scope by those, management by Intune's list.
// A delta that reads few devices decides one by one instead (delta-owners.ts).
import pMap from 'p-map';
import { mailboxNameOfDevice } from '../domain/device-identity.ts';
import type { JudgedObservation } from '../domain/device-store-port.ts';
import type { ObservedDevice } from '../domain/device.ts';
import type { KnownDevices, ManagedIndex, OwnerIndex } from '../domain/discovery-files-port.ts';
import { scopeToWrite } from '../domain/owner.ts';
import type { Ports } from '../domain/ports.ts';
import type { Work } from './do-task.ts';

type Needs = Pick<Ports, 'clock' | 'devices'>;

/** The files of the run that judging needs. */
export interface JudgingFiles {
  readonly known: KnownDevices;
  readonly owners: OwnerIndex;
  /** Not there where Intune's list could not be read. */
  readonly managed: ManagedIndex | undefined;
}

/** Judges the devices of a page. */
export type Judge = (devices: readonly ObservedDevice[]) => Promise<readonly JudgedObservation[]>;

const PARALLEL_READS = 16;

/** The judge for one activity. */
export function createJudge(needs: Needs, work: Work, { known, owners, managed }: JudgingFiles): Judge {
  const { connector, organization } = work;
  function judge(device: ObservedDevice, observedAt: string): JudgedObservation {
    const name = device.distinguishedName === undefined ? undefined : mailboxNameOfDevice(device.distinguishedName);
    const found = name === undefined ? undefined : owners.find(name);
    const isInScope = found?.isInScope ?? connector.scope.kind === 'everything';
    const scope = scopeToWrite(isInScope, known.find(device.guid)?.scope);
    const owner = found?.owner ?? { kind: 'unknown' };
    return { device, owner, observedAt, ...(scope && { scope }), ...managedPart(managed, device, owner) };
  }

  /** A partnership never moves to another mailbox: where the mailbox is not in the list, the owner that was found before stays, as does the scope. */
  async function keepOwner(judged: JudgedObservation): Promise<JudgedObservation> {
    const { guid } = judged.device;
    if (judged.owner.kind === 'mailbox' || !known.find(guid)) return judged;
    const owner = (await needs.devices.get(organization, guid))?.owner;
    if (owner?.kind !== 'mailbox') return judged;
    const { scope: _, ...rest } = judged;
    return { ...rest, owner, ...managedPart(managed, judged.device, owner) };
  }

  return async (devices) => {
    const observedAt = needs.clock.now();
    const judged = devices.map((device) => judge(device, observedAt));
    const hasOpen = judged.some(({ owner }) => owner.kind === 'unknown');
    return hasOpen ? pMap(judged, keepOwner, { concurrency: PARALLEL_READS }) : judged;
  };
}

/** Without Intune's list, what is stored stays. */
function managedPart(
  index: ManagedIndex | undefined,
  { deviceId }: ObservedDevice,
  owner: JudgedObservation['owner'],
): Pick<JudgedObservation, 'managed'> {
  if (!index) return {};
  const user = owner.kind === 'mailbox' ? owner.user : undefined;
  return { managed: (deviceId !== undefined && user !== undefined && index.find(deviceId, user)) || null };
}
