// The AuditHeads port on a blob container of its own: `<chain>/<sequence>.json` each, written once. In Azure a policy makes the container
// immutable and the identity that writes tables is not the one that could lift it; a laptop has the files of the emulator only.
import pMap from 'p-map';
import type { AuditChain } from '../../domain/audit.ts';
import type { HeadFile } from '../../domain/audit-head.ts';
import type { AuditHeads } from '../../domain/audit-port.ts';
import { AppError } from '../../domain/errors.ts';
import { parseOrganizationId } from '../../domain/organization.ts';

/** What heads need of a container. */
export interface HeadContainer {
  /** Keeps a new blob; false when there is one of that name, which stays as it is. */
  putNew(name: string, content: Uint8Array): Promise<boolean>;
  get(name: string): Promise<Uint8Array | undefined>;
  /** Names that begin with the prefix, in order. */
  list(prefix: string): AsyncIterable<string>;
  /** A blob that is gone already does not matter. */
  remove(name: string): Promise<void>;
}

const DIGITS = 15;
const NAME = /^([0-9a-z-]+)\/(\d{15})\.json$/;
const PARALLEL = 8;
/** How many heads are fetched before they are handed on. */
const PART = 64;

/** Heads kept in a container. */
export function createAuditHeads(container: HeadContainer): AuditHeads {
  async function read(chain: AuditChain, sequence: number): Promise<HeadFile | undefined> {
    const content = await container.get(nameOf(chain, sequence));
    return content && { sequence, text: Buffer.from(content).toString('utf8') };
  }

  async function* sequences(chain: AuditChain): AsyncGenerator<number> {
    for await (const name of container.list(`${chain}/`)) {
      const [, , digits] = NAME.exec(name) ?? [];
      if (digits !== undefined) yield Number(digits);
    }
  }

  return {
    keep: (head) => container.putNew(nameOf(head.chain, head.sequence), Buffer.from(`${JSON.stringify(head)}\n`)),
    get: read,

    async *list(chain) {
      for await (const part of partsOf(sequences(chain))) {
        const files = await pMap(part, (sequence) => read(chain, sequence), { concurrency: PARALLEL });
        for (const file of files) if (file) yield file;
      }
    },

    async chains() {
      const found = new Set<AuditChain>();
      for await (const name of container.list('')) {
        const [, first = ''] = NAME.exec(name) ?? [];
        const chain = first === 'deployment' ? first : parseOrganizationId(first);
        if (chain !== undefined) found.add(chain);
      }
      return [...found];
    },

    async removeBelow(chain, sequence) {
      for await (const each of sequences(chain)) {
        if (each >= sequence) return;
        await removeIfAllowed(container, nameOf(chain, each));
      }
    },
  };
}

function nameOf(chain: AuditChain, sequence: number): string {
  return `${chain}/${String(sequence).padStart(DIGITS, '0')}.json`;
}

async function* partsOf(numbers: AsyncIterable<number>): AsyncGenerator<number[]> {
  let part: number[] = [];
  for await (const number of numbers) {
    part.push(number);
    if (part.length < PART) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** A head that the container's policy still protects stays; nobody needs it, and the next purge tries again. */
async function removeIfAllowed(container: HeadContainer, name: string): Promise<void> {
  try {
    await container.remove(name);
  } catch (error) {
    const isProtected = error instanceof AppError && (error.code === 'store.exists' || error.code === 'store.denied');
    if (!isProtected) throw error;
  }
}
