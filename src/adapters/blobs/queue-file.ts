// The file of the order in which statistics are read: 16 bytes a mailbox, in the order given; a mailbox may be in it twice.
import { parseMailboxGuid } from '../../domain/device-identity.ts';
import type { MailboxGuid } from '../../domain/device-identity.ts';
import { EntryList } from './entry-list.ts';
import type { FileCodec, FileCollector } from './file-codec.ts';
import { unreadable } from './file-frame.ts';
import type { FileContent } from './file-frame.ts';
import { GUID_BYTES, readGuid, writeGuid } from './guid-bytes.ts';

/** Part of a queue: from a position, at most so many. */
type QueueReader = (from: number, count: number) => MailboxGuid[];

export const queueFile: FileCodec<MailboxGuid, QueueReader> = {
  kind: 'queue',
  collect: () => new Collector(),
  open: readerOf,
};

class Collector implements FileCollector<MailboxGuid> {
  readonly #entries = new EntryList(GUID_BYTES, GUID_BYTES);

  add(id: MailboxGuid): void {
    writeGuid(this.#entries.add(), id);
  }

  finish(): { count: number; parts: Buffer[] } {
    const entries = this.#entries.takeInOrder();
    return { count: entries.length / GUID_BYTES, parts: [entries] };
  }
}

function readerOf({ count, body }: FileContent): QueueReader {
  if (body.length !== count * GUID_BYTES) throw unreadable('queue', 'its length does not fit its entries');
  return (from, most) => {
    const found: MailboxGuid[] = [];
    for (let position = from; position < Math.min(from + most, count); position += 1) {
      const id = parseMailboxGuid(readGuid(body, position * GUID_BYTES));
      if (id === undefined) throw unreadable('queue', 'it holds an id that names nothing');
      found.push(id);
    }
    return found;
  };
}
