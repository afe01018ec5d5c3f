// Ids of devices in files: checked when they are read, as everything is that comes from outside.
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import { unreadable } from './file-frame.ts';
import type { FileKind } from './file-frame.ts';
import { readGuid } from './guid-bytes.ts';

/** The device id at that place of a file. */
export function readDeviceId(kind: FileKind, entries: Buffer, start: number): DeviceGuid {
  const id = parseDeviceGuid(readGuid(entries, start));
  if (id === undefined) throw unreadable(kind, 'it holds an id that names nothing');
  return id;
}
