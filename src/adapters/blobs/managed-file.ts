// The file by which a device finds itself in Intune: some 130 bytes each, in the order of the keys of user and DeviceId.
// A record is a mask of what it has and those values; words that many devices share are kept once and named by their place.
import { addMs, msBetween, parseInstant } from '../../domain/instant.ts';
import type { EntraObjectId } from '../../domain/device-identity.ts';
import type { ManagedDevice } from '../../domain/directory-port.ts';
import type { ManagedIndex } from '../../domain/discovery-files-port.ts';
import { ByteHeap, readHeap, readNumber, numberBytes } from './byte-heap.ts';
import { EntryList, findEntry } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { GUID_BYTES, readGuid, tryWriteGuid } from './guid-bytes.ts';
import { TEXT_KEY_BYTES, nameKey } from './text-key.ts';

const WIDTH = TEXT_KEY_BYTES + 4;
const EPOCH = '1970-01-01T00:00:00.000Z';
const TIME_BYTES = 6;
/** Beyond so many different words they are no words that devices share. */
const MOST_WORDS = 4096;

/** How each property is kept, in the order of the bits of the mask. */
const FIELDS = [
  { name: 'easDeviceId', form: 'text' },
  { name: 'name', form: 'text' },
  { name: 'serialNumber', form: 'text' },
  { name: 'model', form: 'word' },
  { name: 'manufacturer', form: 'word' },
  { name: 'os', form: 'word' },
  { name: 'osVersion', form: 'word' },
  { name: 'ownership', form: 'word' },
  { name: 'compliance', form: 'word' },
  { name: 'enrolledAt', form: 'time' },
  { name: 'lastSyncAt', form: 'time' },
] as const;
type Field = (typeof FIELDS)[number];
const ID_IS_GUID = 2 ** FIELDS.length;

export const managedFile: FileCodec<ManagedDevice, ManagedIndex> = {
  kind: 'managed',
  collect: () => new Collector(),
  open: (content) => new Managed(content),
};

class Collector implements FileCollector<ManagedDevice> {
  readonly #entries = new EntryList(WIDTH, TEXT_KEY_BYTES);
  readonly #heap = new ByteHeap();
  readonly #words = new Map<string, number>();

  /** A device that nobody can look for, because it has no owner or no such DeviceId, is left out. */
  add(device: ManagedDevice): void {
    const { easDeviceId, userId } = device;
    if (easDeviceId === undefined || userId === undefined) return;
    const entry = this.#entries.add();
    nameKey(userId, easDeviceId).copy(entry);
    entry.writeUInt32BE(this.#heap.add(this.#record(device)), TEXT_KEY_BYTES);
  }

  #record(device: ManagedDevice): Buffer {
    const id = Buffer.alloc(GUID_BYTES);
    const isGuid = tryWriteGuid(id, device.id);
    const parts = [isGuid ? id : withLength(Buffer.from(device.id))];
    let mask = isGuid ? ID_IS_GUID : 0;
    for (const [bit, { name, form }] of FIELDS.entries()) {
      const value = device[name];
      if (value === undefined) continue;
      mask += 2 ** bit;
      parts.push(this.#encoded(form, value));
    }
    return Buffer.concat([numberBytes(mask), ...parts]);
  }

  #encoded(form: Field['form'], value: string): Buffer {
    if (form === 'time') return timeBytes(value);
    if (form === 'text') return withLength(Buffer.from(value));
    const place = this.#words.get(value) ?? this.#heap.add(Buffer.from(value));
    if (this.#words.size < MOST_WORDS) this.#words.set(value, place);
    return numberBytes(place);
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeSorted();
    return { count: entries.length / WIDTH, parts: [entries, ...this.#heap.parts()] };
  }
}

function withLength(bytes: Buffer): Buffer {
  return Buffer.concat([numberBytes(bytes.length), bytes]);
}

/** Six bytes for a time of the usual form; else its text, which never is that short. */
function timeBytes(time: string): Buffer {
  const ms = parseInstant(time) === time ? msBetween(EPOCH, time) : -1;
  if (ms < 0 || ms >= 2 ** (8 * TIME_BYTES)) return withLength(Buffer.from(time));
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeUIntBE(ms, 0, TIME_BYTES);
  return withLength(bytes);
}

class Managed implements ManagedIndex {
  readonly size: number;
  readonly #entries: Buffer;
  readonly #heap: Buffer;

  constructor({ count, body }: FileContent) {
    if (body.length < count * WIDTH) throw unreadable('managed', 'its length does not fit its entries');
    this.size = count;
    this.#entries = body.subarray(0, count * WIDTH);
    this.#heap = body.subarray(count * WIDTH);
  }

  find(deviceId: string, user: EntraObjectId): ManagedDevice | undefined {
    const start = findEntry(this.#entries, WIDTH, nameKey(user, deviceId));
    if (start === undefined) return undefined;
    return this.#read(readHeap(this.#heap, this.#entries.readUInt32BE(start + TEXT_KEY_BYTES)), user);
  }

  #read(record: Buffer, userId: string): ManagedDevice {
    const { value: mask, next: idAt } = readNumber(record, 0);
    const isGuid = (mask & ID_IS_GUID) !== 0;
    const id = isGuid ? readGuid(record, idAt) : readHeap(record, idAt).toString();
    let place = isGuid ? idAt + GUID_BYTES : afterText(record, idAt);
    const values: Partial<Record<Field['name'], string>> = {};
    for (const [bit, { name, form }] of FIELDS.entries()) {
      if ((mask & (2 ** bit)) === 0) continue;
      if (form === 'word') {
        const { value, next } = readNumber(record, place);
        values[name] = readHeap(this.#heap, value).toString();
        place = next;
      } else {
        const bytes = readHeap(record, place);
        values[name] = form === 'time' && bytes.length === TIME_BYTES ? addMs(EPOCH, bytes.readUIntBE(0, TIME_BYTES)) : bytes.toString();
        place = afterText(record, place);
      }
    }
    const { ownership, ...rest } = values;
    return { id, userId, ...rest, ...((ownership === 'company' || ownership === 'personal') && { ownership }) };
  }
}

function afterText(record: Buffer, place: number): number {
  const { value: length, next } = readNumber(record, place);
  return next + length;
}
