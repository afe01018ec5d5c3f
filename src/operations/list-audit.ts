// Lists the events of a chain, newest first, with filters and without a second copy: a bounded scan that begins near the time asked for.
// Who may see them is decided before. The names of people are put beside their events here.
import { actorId } from '../domain/audit.ts';
import type { AuditChain } from '../domain/audit.ts';
import { readRecord } from '../domain/audit-chain.ts';
import type { ChainEnd, ChainRecord, KeptRecord } from '../domain/audit-chain.ts';
import type { AuditFilter, AuditView } from '../domain/audit-port.ts';
import { addMs, compareInstants } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import type { ScanPage } from '../domain/store-page.ts';

type Needs = Pick<Ports, 'audit'>;

/** Which part of the list. */
export interface AuditListAsk extends AuditFilter {
  readonly top: number;
  readonly continuation?: string;
  readonly signal?: AbortSignal;
}

/** The next events that match. A page may be empty and yet not the last. */
export async function listAudit({ audit }: Needs, chain: AuditChain, ask: AuditListAsk): Promise<ScanPage<AuditView>> {
  const end = (await audit.end(chain))?.value;
  if (!end) return { values: [], scanned: 0 };
  const { top, continuation, signal, from } = ask;
  // No event happened later than its record, but for clocks that are ahead.
  const pastBefore = from === undefined ? undefined : addMs(from, -end.longestLeadMs);
  const page = await audit.scan(chain, continuation === undefined ? await newestOf(audit, chain, end, ask) : 0, {
    top,
    matches: (kept) => isAsked(ask, readRecord(kept.text)),
    isPast: (kept) => pastBefore !== undefined && isRecordedBefore(kept, pastBefore),
    ...(continuation !== undefined && { continuation }),
    ...(signal && { signal }),
  });
  return { ...page, values: await withNames(audit, chain, page.values) };
}

function isRecordedBefore(kept: KeptRecord, instant: Instant): boolean {
  const record = readRecord(kept.text);
  return record !== undefined && compareInstants(record.recordedAt, instant) < 0;
}

/** A record that cannot be read is always shown: it may be anything. */
function isAsked({ actor, event, subject, from, to }: AuditListAsk, record: ChainRecord | undefined): boolean {
  if (!record) return true;
  const told = record.event;
  if (actor !== undefined && actorId(told.actor) !== actor) return false;
  if (event !== undefined && told.type !== event && !(event.endsWith('.') && told.type.startsWith(event))) return false;
  if (subject !== undefined && told.subject.id !== subject) return false;
  if (from !== undefined && compareInstants(told.time, from) < 0) return false;
  return to === undefined || compareInstants(told.time, to) < 0;
}

/** The last record that may tell of something before `to`: found by halving, because records are in the order of their times. */
async function newestOf(audit: Needs['audit'], chain: AuditChain, end: ChainEnd, { to }: AuditListAsk): Promise<number> {
  if (to === undefined) return end.sequence;
  const bound = addMs(to, end.longestLagMs);
  let low = 0;
  let high = end.sequence;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const kept = await audit.record(chain, middle);
    const record = kept && readRecord(kept.text);
    // Where a record cannot be read, more is scanned than had to be.
    if (kept && !record) return high;
    if (!record || compareInstants(record.recordedAt, bound) < 0) low = middle;
    else high = middle - 1;
  }
  return high;
}

async function withNames(audit: Needs['audit'], chain: AuditChain, kept: readonly KeptRecord[]): Promise<AuditView[]> {
  const read = kept.map(({ sequence, text }) => ({ sequence, record: readRecord(text) }));
  const people = new Map(
    read.flatMap(({ record }) => {
      const actor = record?.event.actor;
      return actor && 'objectId' in actor ? [[`${actor.tenant} ${actor.objectId}`, actor] as const] : [];
    }),
  );
  const names = await audit.names(chain, [...people.values()]);
  return read.map(({ sequence, record }): AuditView => {
    if (!record) return { sequence, problem: 'unreadable' };
    const { recordedAt, event } = record;
    const name = 'objectId' in event.actor ? names.get(`${event.actor.tenant} ${event.actor.objectId}`)?.value.name : undefined;
    return { sequence, recordedAt, event, ...(name !== undefined && { actorName: name }) };
  });
}
