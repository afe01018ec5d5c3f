// The file of the devices that were stored when a run began: 36 bytes a device, in the order of their ids.
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { KnownDevice, KnownDevices } from '../../domain/discovery-files-port.ts';
import { EntryList, findEntry } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { readDeviceId } from './device-ids.ts';
import { GUID_BYTES, writeGuid } from './guid-bytes.ts';

/** Room for the longest fingerprint of a device. */
const PRINT_BYTES = 19;
const FLAGS_AT = GUID_BYTES + PRINT_BYTES;
const WIDTH = FLAGS_AT + 1;
/** The last byte: how many bytes of the fingerprint are used, whether the device is gone, and its scope in two bits. */
const LENGTH_STEP = 8;
const GONE = 4;
const SCOPES = ['in', 'outside', 'inactive'] as const;
const PRINT = /^(?:[0-9a-f]{2}){0,19}$/;

export const knownFile: FileCodec<KnownDevice, KnownDevices> = {
  kind: 'known',
  collect: () => new Collector(),
  open: (content) => new Known(content),
};

class Collector implements FileCollector<KnownDevice> {
  readonly #entries = new EntryList(WIDTH, GUID_BYTES);

  add({ id, fingerprint, isGone, scope }: KnownDevice): void {
    if (!PRINT.test(fingerprint)) throw new RangeError(`'${fingerprint.slice(0, 60)}' is no fingerprint of a device.`);
    const entry = this.#entries.add();
    writeGuid(entry, id);
    entry.write(fingerprint, GUID_BYTES, 'hex');
    entry.writeUInt8((fingerprint.length / 2) * LENGTH_STEP + (isGone ? GONE : 0) + SCOPES.indexOf(scope), FLAGS_AT);
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeSorted();
    return { count: entries.length / WIDTH, parts: [entries] };
  }
}

class Known implements KnownDevices {
  readonly size: number;
  readonly present: number;
  readonly #entries: Buffer;
  readonly #key = Buffer.alloc(GUID_BYTES);

  constructor({ count, body }: FileContent) {
    if (body.length !== count * WIDTH) throw unreadable('known', 'its length does not fit its entries');
    this.size = count;
    this.#entries = body;
    this.present = count - countGone(body);
  }

  find(id: DeviceGuid): KnownDevice | undefined {
    writeGuid(this.#key, id);
    const start = findEntry(this.#entries, WIDTH, this.#key);
    return start === undefined ? undefined : this.#read(id, start);
  }

  *all(): Generator<KnownDevice> {
    for (let start = 0; start < this.#entries.length; start += WIDTH) yield this.#read(readDeviceId('known', this.#entries, start), start);
  }

  #read(id: DeviceGuid, start: number): KnownDevice {
    const flags = this.#entries.readUInt8(start + FLAGS_AT);
    const scope = SCOPES[flags % GONE];
    if (scope === undefined) throw unreadable('known', 'it holds a scope that is none');
    const print = start + GUID_BYTES;
    const fingerprint = this.#entries.toString('hex', print, print + Math.floor(flags / LENGTH_STEP));
    return { id, fingerprint, isGone: isGoneIn(flags), scope };
  }
}

function countGone(entries: Buffer): number {
  let gone = 0;
  for (let at = FLAGS_AT; at < entries.length; at += WIDTH) if (isGoneIn(entries.readUInt8(at))) gone += 1;
  return gone;
}

function isGoneIn(flags: number): boolean {
  return flags % LENGTH_STEP >= GONE;
}
