// Checks chains: hashes, signatures of heads, and that chain and heads fit together. It reads everything and changes nothing.
import pMap from 'p-map';
import { ChainCheck } from '../domain/audit-check.ts';
import type { CheckedHead } from '../domain/audit-check.ts';
import type { AuditFinding, AuditReport } from '../domain/audit-finding.ts';
import { readHead, signedText } from '../domain/audit-head.ts';
import type { HeadFile } from '../domain/audit-head.ts';
import type { AuditChain } from '../domain/audit.ts';
import type { Ports } from '../domain/ports.ts';

export type VerifyNeeds = Pick<Ports, 'audit' | 'auditHeads' | 'auditKey' | 'digest' | 'clock'>;

export interface VerifyOptions {
  /** How long records are kept: what was purged sooner is a finding. */
  readonly keepDays: number;
  /** Looks at the newest records only, at least so many; left out, at all. */
  readonly mostRecords?: number;
  readonly signal?: AbortSignal;
}

const PARALLEL = 8;

/** Every chain that the tables or the heads know of: one whose rows are all gone is still found by its heads. */
export async function chainsToVerify({ audit, auditHeads }: Pick<VerifyNeeds, 'audit' | 'auditHeads'>): Promise<AuditChain[]> {
  const [kept, signed] = await Promise.all([audit.chains(), auditHeads.chains()]);
  return [...new Set([...kept, ...signed])].toSorted();
}

/** What is wrong with a chain, or that nothing is. */
export async function verifyAudit(needs: VerifyNeeds, chain: AuditChain, options: VerifyOptions): Promise<AuditReport> {
  const before = await needs.audit.checkpoint(chain);
  const report = await examine(needs, chain, options);
  const after = await needs.audit.checkpoint(chain);
  // A purge went on meanwhile and took away what the check had counted on.
  return before?.sequence === after?.sequence ? report : examine(needs, chain, options);
}

/** Heads are read first, and what the tables remember of them before that: whatever is written meanwhile is more, never less. */
async function examine(needs: VerifyNeeds, chain: AuditChain, options: VerifyOptions): Promise<AuditReport> {
  const { audit, digest, clock } = needs;
  const lastSigned = (await audit.lastSigned(chain))?.sequence;
  const { valid, sequences, findings } = await readHeads(needs, chain);
  const end = (await audit.end(chain))?.value;
  const checkpoint = await audit.checkpoint(chain);
  const check = new ChainCheck({
    chain,
    digest,
    end,
    checkpoint,
    heads: valid,
    headSequences: sequences,
    lastSigned,
    now: clock.now(),
    keepDays: options.keepDays,
  });
  const isWhole = await takeRecords(needs, chain, check, end?.sequence, options);
  const beyond = await beyondEnd(needs, chain, end?.sequence);
  const report = check.finish(isWhole);
  return { ...report, findings: [...findings, ...beyond, ...report.findings] };
}

async function takeRecords(
  { audit }: VerifyNeeds,
  chain: AuditChain,
  check: ChainCheck,
  end: number | undefined,
  { mostRecords = Number.POSITIVE_INFINITY, signal }: VerifyOptions,
): Promise<boolean> {
  let taken = 0;
  for await (const records of audit.records(chain, end ?? Number.MAX_SAFE_INTEGER)) {
    signal?.throwIfAborted();
    if (taken >= mostRecords) return false;
    for (const record of records) check.take(record);
    taken += records.length;
  }
  return true;
}

/** Records after the end: none, but for those that were appended since the end was read. */
async function beyondEnd({ audit }: VerifyNeeds, chain: AuditChain, end: number | undefined): Promise<AuditFinding[]> {
  if (end === undefined) return [];
  const records = await audit.beyond(chain, end);
  if (records.length === 0) return [];
  const now = (await audit.end(chain))?.value.sequence ?? end;
  return records
    .filter(({ sequence }) => !(sequence <= now))
    .map(({ sequence }): AuditFinding => (Number.isNaN(sequence) ? { kind: 'stray' } : { kind: 'beyond-end', sequence, end: now }));
}

interface Heads {
  readonly valid: readonly CheckedHead[];
  readonly sequences: ReadonlySet<number>;
  readonly findings: readonly AuditFinding[];
}

async function readHeads({ auditHeads, auditKey }: VerifyNeeds, chain: AuditChain): Promise<Heads> {
  const valid: CheckedHead[] = [];
  const findings: AuditFinding[] = [];
  const sequences = new Set<number>();
  const judge = async (file: HeadFile): Promise<CheckedHead | AuditFinding> => {
    const { sequence } = file;
    const head = readHead(file.text);
    if (!head || head.sequence !== sequence || head.chain !== chain) return { kind: 'head-unreadable', sequence };
    const { algorithm, keyId, signature, hash, signedAt, previous } = head;
    const verdict = await auditKey.verify(signedText(head), { algorithm, keyId, signature });
    if (verdict === 'forged') return { kind: 'head-forged', sequence };
    if (verdict === 'unknown-key') return { kind: 'head-unknown-key', sequence, keyId };
    return { sequence, hash, signedAt, ...(previous !== undefined && { previous }) };
  };
  // Judged in order, a few at a time; only what is needed of each is kept.
  const judged = await pMap(auditHeads.list(chain), async (file) => ({ sequence: file.sequence, verdict: await judge(file) }), {
    concurrency: PARALLEL,
  });
  for (const { sequence, verdict } of judged) {
    sequences.add(sequence);
    if ('kind' in verdict) findings.push(verdict);
    else valid.push(verdict);
  }
  return { valid, sequences, findings };
}
