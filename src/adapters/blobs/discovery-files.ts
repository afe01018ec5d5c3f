// The DiscoveryFiles port on blobs: `<organization>/<run>/<file>`, each in the form of its codec within the envelope of file-frame.ts.
import pMap from 'p-map';
import type { DiscoveryFiles, FileWriter, RunKey } from '../../domain/discovery-files-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { BlobContainer } from './blob.ts';
import { FileCache } from './file-cache.ts';
import type { FileCodec } from './file-codec.ts';
import { openFile, sealFile } from './file-frame.ts';
import { knownFile } from './known-file.ts';
import { managedFile } from './managed-file.ts';
import { ownerFile } from './owner-file.ts';
import { queueFile } from './queue-file.ts';
import { setFile } from './set-file.ts';

const PARALLEL_REMOVALS = 8;
const NAME = /^[0-9A-Za-z-]{1,100}$/;

/** Files of runs, kept in a container. One per process: the files opened last are shared by all who read them. */
export function createFiles(container: BlobContainer): DiscoveryFiles {
  const cache = new FileCache(container);

  function writer<Entry>(codec: FileCodec<Entry, unknown>, run: RunKey, file: string): FileWriter<Entry> {
    const name = blobName(run, file);
    const collector = codec.collect();
    return {
      add(entries) {
        for (const entry of entries) collector.add(entry);
      },
      async finish() {
        const { count, parts } = collector.finish();
        await container.put(name, sealFile(codec.kind, count, parts));
        return count;
      },
    };
  }

  async function open<Opened>(codec: FileCodec<never, Opened>, run: RunKey, file: string): Promise<Opened | undefined> {
    const content = await cache.open(blobName(run, file), (bytes) => openFile(codec.kind, bytes));
    return content && codec.open(content);
  }

  async function removeBelow(prefix: string): Promise<void> {
    const remove = async (name: string): Promise<void> => {
      cache.drop(name);
      await container.remove(name);
    };
    for await (const names of container.list(prefix)) await pMap(names, remove, { concurrency: PARALLEL_REMOVALS });
  }

  return {
    knownWriter: (run) => writer(knownFile, run, 'known'),
    known: (run) => open(knownFile, run, 'known'),
    ownersWriter: (run) => writer(ownerFile, run, 'owners'),
    owners: (run) => open(ownerFile, run, 'owners'),
    managedWriter: (run) => writer(managedFile, run, 'managed'),
    managed: (run) => open(managedFile, run, 'managed'),
    setWriter: (run, set) => writer(setFile, run, `set-${set}`),
    set: (run, set) => open(setFile, run, `set-${set}`),

    async writeQueue(run, mailboxes) {
      const queue = writer(queueFile, run, 'queue');
      queue.add(mailboxes);
      await queue.finish();
    },

    async queue(run, from, count) {
      return (await open(queueFile, run, 'queue'))?.(from, count) ?? [];
    },

    remove: ({ organization, runId }) => removeBelow(`${segment(organization)}/${segment(runId)}/`),
    removeAll: (organization: OrganizationId) => removeBelow(`${segment(organization)}/`),
  };
}

function blobName({ organization, runId }: RunKey, file: string): string {
  return [organization, runId, file].map(segment).join('/');
}

/** Part of the name of a blob: what could lead elsewhere is refused. */
function segment(text: string): string {
  if (!NAME.test(text)) throw new AppError('store.unexpected', { request: 'naming a file of a run', problem: `'${text}' is no name` });
  return text;
}
