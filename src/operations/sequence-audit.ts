// Gives the events that wait their places in the chains, and has heads signed where they are due: what the audit timer does.
// Two at a time, or one that is killed anywhere, leave each event in its chain exactly once: the end of a chain is replaced by version in the
// transaction that appends, an event's own row refuses a second record of it, and what waits is removed only after that.
import { batchesOf, chainRecords, emptyChain, newNames } from '../domain/audit-chain.ts';
import type { AuditChain, AuditEntry } from '../domain/audit.ts';
import type { UnreadableEntry } from '../domain/audit-port.ts';
import { AppError } from '../domain/errors.ts';
import { msBetween } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { signAuditHead } from './sign-audit-head.ts';

export type SequenceNeeds = Pick<Ports, 'audit' | 'auditOutbox' | 'auditHeads' | 'auditKey' | 'digest' | 'connectors' | 'clock' | 'log'>;

/** How many waiting events are read at a time. */
const MOST_WAITING = 500;
/** Somebody else may append in between; as often in a row is more than two sequencers do to each other. */
const ATTEMPTS = 8;
/** What is left after this long waits for the next turn. */
const LONGEST_MS = 60_000;

export interface Sequenced {
  readonly chains: number;
  readonly recorded: number;
  readonly signed: number;
}

/** Records everything that waits. A chain that fails does not keep the others waiting; its error is thrown at the end. */
export async function sequenceAudit(needs: SequenceNeeds): Promise<Sequenced> {
  const startedAt = needs.clock.now();
  const chains = await chainsOf(needs);
  const failures: unknown[] = [];
  let recorded = 0;
  let signed = 0;
  for (const chain of chains) {
    try {
      recorded += await sequenceChain(needs, chain, startedAt);
      if ((await signAuditHead(needs, chain)) === 'signed') signed += 1;
    } catch (error) {
      failures.push(error);
      needs.log.warn('audit.chain-delayed', { chain, error });
    }
  }
  if (failures.length > 0) throw failures[0];
  return { chains: chains.length, recorded, signed };
}

/** Chains that have records, those of every connector, and those that only waiting events name. */
async function chainsOf({ audit, auditOutbox, connectors }: SequenceNeeds): Promise<AuditChain[]> {
  const [recorded, waiting, connected] = await Promise.all([audit.chains(), auditOutbox.chains(), connectors.list()]);
  return [...new Set<AuditChain>([...recorded, ...waiting, ...connected.map(({ value }) => value.organization)])];
}

async function sequenceChain(needs: SequenceNeeds, chain: AuditChain, startedAt: Instant): Promise<number> {
  let recorded = 0;
  const told = new Set<string>();
  do {
    const { entries, unreadable } = await needs.auditOutbox.waiting(chain, MOST_WAITING);
    for (const each of unreadable) tellUnreadable(needs, chain, each, told);
    if (entries.length === 0) return recorded;
    for (const batch of batchesOf(entries)) recorded += await record(needs, chain, batch);
    await needs.auditOutbox.remove(entries);
  } while (msBetween(startedAt, needs.clock.now()) < LONGEST_MS);
  return recorded;
}

/** Once a turn each: a row that cannot be read stays where it is until somebody looks, or a newer release can. */
function tellUnreadable({ log }: SequenceNeeds, chain: AuditChain, { place, problem }: UnreadableEntry, told: Set<string>): void {
  const key = Object.values(place).join(' ');
  if (told.has(key)) return;
  told.add(key);
  log.error('audit.event-unreadable', { chain, table: place.table, problem });
}

const RACED = new Set(['store.stale', 'store.exists', 'store.outcome-unknown']);

/** Appends the events that are not recorded yet; answers how many those were. */
async function record(needs: SequenceNeeds, chain: AuditChain, batch: readonly AuditEntry[]): Promise<number> {
  let entries = batch;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    // The first time, none of them is likely to be recorded: storage says so if one is.
    if (attempt > 1) entries = await missing(needs, chain, batch);
    if (entries.length === 0) return 0;
    try {
      await append(needs, chain, entries);
      return entries.length;
    } catch (error) {
      if (!(error instanceof AppError) || !RACED.has(error.code)) throw error;
    }
  }
  throw new AppError('store.busy', { request: 'recording audit events', attempts: ATTEMPTS });
}

async function missing({ audit }: SequenceNeeds, chain: AuditChain, batch: readonly AuditEntry[]): Promise<readonly AuditEntry[]> {
  const recorded = await audit.recorded(
    chain,
    batch.map(({ event }) => event.id),
  );
  return batch.filter(({ event }) => !recorded.has(event.id));
}

async function append({ audit, digest, clock }: SequenceNeeds, chain: AuditChain, entries: readonly AuditEntry[]): Promise<void> {
  const people = entries.flatMap(({ event: { actor }, actorName }) => ('objectId' in actor && actorName !== undefined ? [actor] : []));
  const unique = new Map(people.map((person) => [`${person.tenant} ${person.objectId}`, person]));
  const [end, names] = await Promise.all([audit.end(chain), audit.names(chain, [...unique.values()])]);
  if (!end) await requireNew(audit, chain);
  const next = chainRecords(digest, end?.value ?? emptyChain, entries, clock.now());
  await audit.append(chain, { ...next, names: newNames(entries, names), ...(end && { replaces: end.version }) });
}

/** A chain whose end was deleted must not begin anew beside what is left of it. */
async function requireNew(audit: SequenceNeeds['audit'], chain: AuditChain): Promise<void> {
  const [signed, checkpoint] = await Promise.all([audit.lastSigned(chain), audit.checkpoint(chain)]);
  if (!signed && !checkpoint) return;
  const problem = `the row that says where the chain ${chain} ends is gone; run npm run audit:verify, and restore the table`;
  throw new AppError('store.unexpected', { request: 'recording audit events', problem });
}
