// The file by which a device finds itself in Intune: some 130 bytes each, in the order of the keys of user and DeviceId.
// A record is a mask of what it has and those values; words that many devices share are kept once and named by their place.
import { addMs, msBetween, parseInstant } from '../../domain/instant.ts';
import { parseEntraObjectId } from '../../domain/device-identity.ts';
import type { EntraObjectId } from '../../domain/device-identity.ts';
import type { ManagedDevice } from '../../domain/directory-port.ts';
import type { ManagedIndex } from '../../domain/discovery-files-port.ts';
import { ByteHeap, readHeap, readNumber } from './byte-heap.ts';
import { EntryList, findEntry } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { RecordReader, RecordWriter } from './record-bytes.ts';
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
  readonly #record = new RecordWriter();

  /** A device that nobody can look for, because it has no owner or no such DeviceId, is left out. */
  add(device: ManagedDevice): void {
    const { easDeviceId, userId } = device;
    if (easDeviceId === undefined || userId === undefined) return;
    const entry = this.#entries.add();
    nameKey(userId, easDeviceId).copy(entry);
    this.#write(device);
    entry.writeUInt32BE(this.#heap.add(this.#record.record()), TEXT_KEY_BYTES);
  }

  #write(device: ManagedDevice): void {
    const record = this.#record;
    const isGuid = parseEntraObjectId(device.id) === device.id;
    let mask = isGuid ? ID_IS_GUID : 0;
    for (const [bit, { name }] of FIELDS.entries()) if (device[name] !== undefined) mask += 2 ** bit;
    record.begin();
    record.number(mask);
    if (isGuid) record.guid(device.id);
    else record.text(device.id);
    for (const { name, form } of FIELDS) {
      const value = device[name];
      if (value === undefined) continue;
      if (form === 'word') record.number(this.#placeOf(value));
      else if (form === 'time') writeTime(record, value);
      else record.text(value);
    }
  }

  #placeOf(word: string): number {
    const place = this.#words.get(word) ?? this.#heap.add(Buffer.from(word));
    if (this.#words.size < MOST_WORDS) this.#words.set(word, place);
    return place;
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeSorted();
    return { count: entries.length / WIDTH, parts: [entries, ...this.#heap.parts()] };
  }
}

/** Six bytes for a time of the usual form; else its text, which never is that short. */
function writeTime(record: RecordWriter, time: string): void {
  const ms = parseInstant(time) === time ? msBetween(EPOCH, time) : -1;
  if (ms < 0 || ms >= 2 ** (8 * TIME_BYTES)) {
    record.text(time);
    return;
  }
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  bytes.writeUIntBE(ms, 0, TIME_BYTES);
  record.bytes(bytes);
}

class Managed implements ManagedIndex {
  readonly size: number;
  readonly #entries: Buffer;
  readonly #heap: Buffer;
  /** Words that were read before, by their places. */
  readonly #words = new Map<number, string>();

  constructor({ count, body }: FileContent) {
    if (body.length < count * WIDTH) throw unreadable('managed', 'its length does not fit its entries');
    this.size = count;
    this.#entries = body.subarray(0, count * WIDTH);
    this.#heap = body.subarray(count * WIDTH);
  }

  find(deviceId: string, user: EntraObjectId): ManagedDevice | undefined {
    const start = findEntry(this.#entries, WIDTH, nameKey(user, deviceId));
    if (start === undefined) return undefined;
    const { next } = readNumber(this.#heap, this.#entries.readUInt32BE(start + TEXT_KEY_BYTES));
    return this.#read(new RecordReader(this.#heap, next), user);
  }

  #read(record: RecordReader, userId: string): ManagedDevice {
    const mask = record.number();
    const id = (mask & ID_IS_GUID) === 0 ? record.text() : record.guid();
    const values: Partial<Record<Field['name'], string>> = {};
    for (const [bit, { name, form }] of FIELDS.entries()) {
      if ((mask & (2 ** bit)) !== 0) values[name] = this.#valueIn(record, form);
    }
    const { ownership, ...rest } = values;
    return { id, userId, ...rest, ...((ownership === 'company' || ownership === 'personal') && { ownership }) };
  }

  #valueIn(record: RecordReader, form: Field['form']): string {
    if (form === 'word') return this.#wordAt(record.number());
    if (form === 'text') return record.text();
    const bytes = record.bytes();
    return bytes.length === TIME_BYTES ? addMs(EPOCH, bytes.readUIntBE(0, TIME_BYTES)) : bytes.toString();
  }

  #wordAt(place: number): string {
    const word = this.#words.get(place) ?? readHeap(this.#heap, place).toString();
    if (this.#words.size < MOST_WORDS) this.#words.set(place, word);
    return word;
  }
}
