// A file that is a set of devices: 16 bytes each, in the order of their ids.
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceSet } from '../../domain/discovery-files-port.ts';
import { readDeviceId } from './device-ids.ts';
import { EntryList, findEntry } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { GUID_BYTES, writeGuid } from './guid-bytes.ts';

export const setFile: FileCodec<DeviceGuid, DeviceSet> = {
  kind: 'set',
  collect: () => new Collector(),
  open: (content) => new Devices(content),
};

class Collector implements FileCollector<DeviceGuid> {
  readonly #entries = new EntryList(GUID_BYTES, GUID_BYTES);

  add(id: DeviceGuid): void {
    writeGuid(this.#entries.add(), id);
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeSorted();
    return { count: entries.length / GUID_BYTES, parts: [entries] };
  }
}

class Devices implements DeviceSet {
  readonly size: number;
  readonly #entries: Buffer;
  readonly #key = Buffer.alloc(GUID_BYTES);

  constructor({ count, body }: FileContent) {
    if (body.length !== count * GUID_BYTES) throw unreadable('set', 'its length does not fit its entries');
    this.size = count;
    this.#entries = body;
  }

  has(id: DeviceGuid): boolean {
    writeGuid(this.#key, id);
    return findEntry(this.#entries, GUID_BYTES, this.#key) !== undefined;
  }

  *all(): Generator<DeviceGuid> {
    for (let start = 0; start < this.#entries.length; start += GUID_BYTES) yield readDeviceId('set', this.#entries, start);
  }
}
