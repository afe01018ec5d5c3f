// The files that were opened last, once for all activities of a process that read them at the same time. Whoever opens one asks storage whether it
// still is the version that is held, so that a file that was replaced is read anew.
import type { BlobContainer } from './blob.ts';
import type { FileContent } from './file-frame.ts';

/** A file that is held. */
interface Held {
  readonly version: string;
  readonly content: FileContent;
}

/** All files of a run of 300,000 devices but the largest one fit. */
const MOST_BYTES = 48 * 1024 * 1024;

/** Opens files and holds the last ones. */
export class FileCache {
  readonly #container: BlobContainer;
  readonly #mostBytes: number;
  /** The file opened last is at the end. */
  readonly #held = new Map<string, Held>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(container: BlobContainer, mostBytes = MOST_BYTES) {
    this.#container = container;
    this.#mostBytes = mostBytes;
  }

  /** What the file holds; undefined when there is none. */
  async open(name: string, read: (bytes: Buffer) => FileContent): Promise<FileContent | undefined> {
    // One after the other: who comes second finds what the first one read, and need only ask whether it is still the same.
    const turn = this.#turns.get(name);
    const opening = turn ? turn.then(() => this.#open(name, read)) : this.#open(name, read);
    const done = opening.catch(() => undefined);
    this.#turns.set(name, done);
    await done;
    if (this.#turns.get(name) === done) this.#turns.delete(name);
    return opening;
  }

  async #open(name: string, read: (bytes: Buffer) => FileContent): Promise<FileContent | undefined> {
    const held = this.#held.get(name);
    const answer = await this.#container.get(name, held?.version);
    if (answer.kind === 'unchanged' && held) return this.#hold(name, held);
    this.#held.delete(name);
    if (answer.kind !== 'found') return undefined;
    return this.#hold(name, { version: answer.version, content: read(answer.bytes) });
  }

  #hold(name: string, held: Held): FileContent {
    this.#held.delete(name);
    this.#held.set(name, held);
    let bytes = [...this.#held.values()].reduce((sum, { content }) => sum + content.body.length, 0);
    for (const [oldest, { content }] of this.#held) {
      if (bytes <= this.#mostBytes) break;
      this.#held.delete(oldest);
      bytes -= content.body.length;
    }
    return held.content;
  }

  /** Lets go of a file. */
  drop(name: string): void {
    this.#held.delete(name);
  }
}
