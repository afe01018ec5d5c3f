// `slice-read`: one part of the list of devices, page by page into storage, with the files that tell later activities what it saw.
// A slice that is too long for one activity says so and by what it can be cut; an interrupted one is read again from its start.
import type { DeviceGuid } from '../domain/device-identity.ts';
import { parseDeviceGuid } from '../domain/device-identity.ts';
import type { JudgedObservation } from '../domain/device-store-port.ts';
import type { ObservedDevice } from '../domain/device.ts';
import type { FileWriter, KnownDevices } from '../domain/discovery-files-port.ts';
import type { AnswerOf, SliceReadFacts, SliceReadTask } from '../domain/discovery-task.ts';
import type { ExchangePage } from '../domain/exchange-port.ts';
import { FairSample, quantilesOf } from '../domain/fair-sample.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import type { ObservationWriter } from '../domain/store-page.ts';
import type { Slice } from '../domain/slice.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import { createJudge } from './judge-slice.ts';
import type { Judge } from './judge-slice.ts';
import { readAhead } from './read-ahead.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { requireKnown, requireOwners } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'devices' | 'files'>;

/** More pages than this make a slice too long: cursors live for minutes only, and an interrupted slice begins anew. */
export const MOST_PAGES = 20;

const SAMPLED_TIMES = 4096;
const QUANTILES = 128;

/** Reads the slice; what it saw counts only when `isComplete`. */
export async function readSlice(needs: Needs, task: SliceReadTask): Promise<AnswerOf<'slice-read'>> {
  const { slice } = task;
  return doTask(needs, task, `slice-${slice.name}`, async (work): Promise<AnswerOf<'slice-read'>> => {
    const { connector, key, progress } = work;
    const known = await requireKnown(needs.files, key);
    const [owners, managed] = [await requireOwners(needs.files, key), await needs.files.managed(key)];
    const judge = createJudge(needs, work, { known, owners, managed });
    const begin = (): SliceReading => new SliceReading(needs, work, slice, known, judge);
    const exchange = needs.connections.exchange(connector);

    let reading = begin();
    let isLate = false;
    const pages = readAhead(exchange.listDevices(slice.query, { usage: progress.usage }));
    for await (const page of pages) {
      if (page.startsOver) {
        await reading.abandon();
        reading = begin();
      }
      // Only another page shows that the one before was not the last.
      if (isLate || reading.pages === MOST_PAGES) return reading.cut();
      isLate = work.isTimeUp();
      if (!isLate && !slice.isProbe) await pages.askForNext();
      await reading.add(page);
      const reason = await progress.report({ read: reading.read });
      if (reason !== undefined) return { outcome: 'over', reason };
      if (slice.isProbe) return reading.cut();
    }
    return reading.finish();
  });
}

/** One read of a slice from its first page on. */
class SliceReading {
  readonly #needs: Needs;
  readonly #work: Work;
  readonly #slice: Slice;
  readonly #known: KnownDevices;
  readonly #judge: Judge;
  readonly #writer: ObservationWriter<JudgedObservation>;
  readonly #seen: FileWriter<DeviceGuid>;
  readonly #ownerless: FileWriter<DeviceGuid>;
  readonly #times = new FairSample<Instant>(SAMPLED_TIMES);
  #unidentified = 0;
  #newest: Instant | undefined;
  pages = 0;
  read = 0;

  constructor(needs: Needs, work: Work, slice: Slice, known: KnownDevices, judge: Judge) {
    this.#needs = needs;
    this.#work = work;
    this.#slice = slice;
    this.#known = known;
    this.#judge = judge;
    this.#writer = needs.devices.writer(work.organization, { fingerprintOf: (id) => fingerprintIn(known, id) });
    this.#seen = needs.files.setWriter(work.key, `seen-${slice.name}`);
    this.#ownerless = needs.files.setWriter(work.key, `ownerless-${slice.name}`);
  }

  async add({ rows, unidentified }: ExchangePage<ObservedDevice>): Promise<void> {
    const judged = await this.#judge(rows);
    await this.#writer.add(judged);
    this.#seen.add(rows.map(({ guid }) => guid));
    this.#ownerless.add(judged.filter(({ owner }) => owner.kind === 'unknown').map(({ device }) => device.guid));
    this.#note(rows);
    this.#unidentified += unidentified;
    this.read += rows.length;
    this.pages += 1;
  }

  #note(rows: readonly ObservedDevice[]): void {
    const now = this.#needs.clock.now();
    for (const { firstSyncAt } of rows) {
      if (firstSyncAt === undefined) continue;
      this.#times.add(firstSyncAt);
      if (firstSyncAt <= now && (this.#newest === undefined || firstSyncAt > this.#newest)) this.#newest = firstSyncAt;
    }
  }

  /** What first-sync times tell: by what the slice can be cut, and what later runs need to know. */
  #learnt(): Pick<SliceReadFacts, 'firstSyncSample' | 'newestFirstSync'> {
    const firstSyncSample = quantilesOf(this.#times.values().toSorted(), QUANTILES);
    return { firstSyncSample, ...(this.#newest !== undefined && { newestFirstSync: this.#newest }) };
  }

  /** Keeps the rows: they were observed. Everything else is counted anew. */
  async abandon(): Promise<void> {
    await this.#writer.finish();
  }

  /** The slice is too long. Its parts count what was read here, so nothing but the cost is counted. */
  async cut(): Promise<AnswerOf<'slice-read'>> {
    await this.#writer.finish();
    const counts = await this.#work.progress.finish();
    return { outcome: 'done', seen: 0, isComplete: false, ...this.#learnt(), isComparable: true, counts };
  }

  /** Rows first, files afterwards: a file never tells of a device that is not stored. */
  async finish(): Promise<AnswerOf<'slice-read'>> {
    const { added, changed, addedIds } = await this.#writer.finish();
    const seen = await this.#seen.finish();
    await this.#ownerless.finish();
    // At a first run everything is new, and nothing can be what it was before a reset.
    if (this.#known.size > 0) await this.#keepAdded(addedIds);
    const counts = await this.#work.progress.finish({ read: this.read, added, changed });
    return { outcome: 'done', seen, isComplete: true, ...this.#learnt(), isComparable: this.#unidentified === 0, counts };
  }

  async #keepAdded(ids: readonly string[]): Promise<void> {
    const writer = this.#needs.files.setWriter(this.#work.key, `added-${this.#slice.name}`);
    writer.add(ids.map(parseDeviceGuid).filter((id) => id !== undefined));
    await writer.finish();
  }
}

function fingerprintIn(known: KnownDevices, id: string): string | undefined {
  const device = parseDeviceGuid(id);
  return device && known.find(device)?.fingerprint;
}
