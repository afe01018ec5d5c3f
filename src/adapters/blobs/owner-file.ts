// The file by which a device finds its mailbox: 53 bytes and the user name each, in the order of the keys of their distinguished names.
import { parseEntraObjectId, parseMailboxGuid } from '../../domain/device-identity.ts';
import type { DeviceOwner } from '../../domain/device-record.ts';
import type { OwnerEntry, OwnerIndex } from '../../domain/discovery-files-port.ts';
import { ByteHeap, readHeap } from './byte-heap.ts';
import { EntryList, findEntry } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { GUID_BYTES, readGuid, writeGuid } from './guid-bytes.ts';
import { TEXT_KEY_BYTES, nameKey } from './text-key.ts';

const MAILBOX_AT = TEXT_KEY_BYTES;
const USER_AT = MAILBOX_AT + GUID_BYTES;
const FLAGS_AT = USER_AT + GUID_BYTES;
/** Where in the heap the user name is. */
const NAME_AT = FLAGS_AT + 1;
const WIDTH = NAME_AT + 4;

const HAS_USER = 1;
const HAS_NAME = 2;
const IS_IN_SCOPE = 4;

export const ownerFile: FileCodec<OwnerEntry, OwnerIndex> = {
  kind: 'owners',
  collect: () => new Collector(),
  open: (content) => new Owners(content),
};

class Collector implements FileCollector<OwnerEntry> {
  readonly #entries = new EntryList(WIDTH, TEXT_KEY_BYTES);
  readonly #names = new ByteHeap();

  add({ distinguishedName, mailbox, user, userName, isInScope }: OwnerEntry): void {
    const entry = this.#entries.add();
    nameKey(distinguishedName).copy(entry);
    writeGuid(entry, mailbox, MAILBOX_AT);
    if (user !== undefined) writeGuid(entry, user, USER_AT);
    if (userName !== undefined) entry.writeUInt32BE(this.#names.add(Buffer.from(userName)), NAME_AT);
    const flags = (user === undefined ? 0 : HAS_USER) + (userName === undefined ? 0 : HAS_NAME) + (isInScope ? IS_IN_SCOPE : 0);
    entry.writeUInt8(flags, FLAGS_AT);
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeSorted();
    return { count: entries.length / WIDTH, parts: [entries, ...this.#names.parts()] };
  }
}

class Owners implements OwnerIndex {
  readonly size: number;
  readonly #entries: Buffer;
  readonly #names: Buffer;

  constructor({ count, body }: FileContent) {
    if (body.length < count * WIDTH) throw unreadable('owners', 'its length does not fit its entries');
    this.size = count;
    this.#entries = body.subarray(0, count * WIDTH);
    this.#names = body.subarray(count * WIDTH);
  }

  find(distinguishedName: string): { owner: DeviceOwner; isInScope: boolean } | undefined {
    const start = findEntry(this.#entries, WIDTH, nameKey(distinguishedName));
    if (start === undefined) return undefined;
    const entries = this.#entries;
    const flags = entries.readUInt8(start + FLAGS_AT);
    const mailbox = parseMailboxGuid(readGuid(entries, start + MAILBOX_AT));
    if (mailbox === undefined) throw unreadable('owners', 'it holds an id that names nothing');
    const user = (flags & HAS_USER) === 0 ? undefined : parseEntraObjectId(readGuid(entries, start + USER_AT));
    const userName = (flags & HAS_NAME) === 0 ? undefined : readHeap(this.#names, entries.readUInt32BE(start + NAME_AT)).toString();
    const owner: DeviceOwner = {
      kind: 'mailbox',
      mailbox,
      ...(user !== undefined && { user }),
      ...(userName !== undefined && { userName }),
    };
    return { owner, isInScope: (flags & IS_IN_SCOPE) !== 0 };
  }
}
