// Reads and replaces what people say about a device. A device has an annotation even before anybody wrote one: an empty one of no version.
import { canSee, judge } from '../domain/authorization.ts';
import type { Scope } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import type { DeviceAnnotation } from '../domain/device-record.ts';
import { AppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import { requireMatch } from '../domain/precondition.ts';
import type { Precondition } from '../domain/precondition.ts';
import type { Versioned } from '../domain/store-page.ts';
import type { DeviceAsk } from './describe-device.ts';
import { entriesFor } from './entries-for.ts';
import { retryStale } from './retry-stale.ts';

type Needs = Pick<Ports, 'devices' | 'clock' | 'ids'>;

/** The version of an annotation that nobody wrote yet. */
const UNWRITTEN = '';

/** What somebody wants it to say; what is left out is taken away. */
export interface AnnotationAsk extends DeviceAsk, Pick<DeviceAnnotation, 'note' | 'ownership'> {
  /** The devices that the caller may annotate, among those that they see. */
  readonly acted: Scope;
  readonly caller: Caller;
  readonly precondition: Precondition;
}

/** The annotation of a device that the caller may see; `device.missing` otherwise. */
export async function readAnnotation(
  { devices }: Pick<Ports, 'devices'>,
  { organization, scope, id }: DeviceAsk,
): Promise<Versioned<Partial<DeviceAnnotation>>> {
  const [record, annotation] = await Promise.all([devices.get(organization, id), devices.annotation(organization, id)]);
  if (!record || !canSee(scope, record)) throw new AppError('device.missing');
  return annotation ?? { value: {}, version: UNWRITTEN };
}

/** Replaces the annotation if the caller named its present version. */
export async function annotateDevice(needs: Needs, ask: AnnotationAsk): Promise<Versioned<DeviceAnnotation>> {
  const { organization, id, note, ownership, caller, precondition } = ask;
  return retryStale(precondition, async () => {
    const [record, current] = await Promise.all([needs.devices.get(organization, id), readAnnotation(needs, ask)]);
    if (judge(ask.scope, ask.acted, record) !== 'allowed') throw new AppError('role.missing', { permission: 'Collection.ModifyResource' });
    requireMatch(precondition, current.version);
    const value: DeviceAnnotation = {
      ...(note !== undefined && { note }),
      ...(ownership && { ownership }),
      changedAt: needs.clock.now(),
      changedBy: caller.objectId,
    };
    const named = current.version === UNWRITTEN ? undefined : current.version;
    const details = { changed: changedParts(current.value, value), ownership };
    const entries = entriesFor(needs, ask, { type: 'annotation.changed', subject: id, details });
    return { value, version: await needs.devices.annotate(organization, id, value, named, entries) };
  });
}

function changedParts(before: Partial<DeviceAnnotation>, after: DeviceAnnotation): readonly string[] {
  return (['note', 'ownership'] as const).filter((part) => before[part] !== after[part]);
}
