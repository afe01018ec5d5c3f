// `audit-verify [organization]`: checks the audit of one organization or of all and prints what is wrong with it, and where.
// A composition root beside app.ts and doctor.ts; not in the bundle. Exit codes: 0 intact, 1 something is wrong, 2 it could not be checked.
import { parseArgs } from 'node:util';
import { createAuditHeads } from './adapters/audit/audit-heads.ts';
import { auditText } from './adapters/audit/audit-text.ts';
import { sha256 } from './adapters/audit/digest.ts';
import { createHeadContainer } from './adapters/audit/head-container.ts';
import { createKeyFile } from './adapters/audit/key-file.ts';
import { createVaultKey } from './adapters/audit/vault-key.ts';
import { randomIds } from './adapters/random-ids.ts';
import { systemClock } from './adapters/system-clock.ts';
import { createAuditStore } from './adapters/tables/audit-store.ts';
import { createTable } from './adapters/tables/table.ts';
import type { AuditChain } from './domain/audit.ts';
import type { AuditKey } from './domain/audit-port.ts';
import { isIntact } from './domain/audit-finding.ts';
import { AppError } from './domain/errors.ts';
import { parseOrganizationId } from './domain/organization.ts';
import { chainsToVerify, verifyAudit } from './operations/verify-audit.ts';
import type { VerifyNeeds } from './operations/verify-audit.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';

const USAGE = `npm run audit:verify -- [organization] [--keep-days <days>]

  Checks the audit of one organization or, without one, of all: that no record was changed, removed, exchanged or made anew,
  by the hashes of the records and the signed heads. It changes nothing.

  <organization>       its tenant GUID, or deployment for what belongs to no organization
  --keep-days <days>   how long records are kept; what was purged sooner is a fault (default: AUDIT_KEEP_DAYS)
  --help               shows this

  It needs the settings of the app: where its storage is, and AUDIT_KEY or AUDIT_KEY_FILE. In Azure it signs in as whoever
  is signed in with the Azure CLI, who needs the reader roles for tables and blobs and may read the key.

  Exit codes: 0 intact, 1 something is wrong, 2 it could not be checked.
`;

const EXIT = { intact: 0, broken: 1, unchecked: 2 } as const;

/** What the command line says is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Ask {
  readonly chain: AuditChain | undefined;
  /** Left out, as the settings say. */
  readonly keepDays: number | undefined;
}

/** Undefined when help is wanted. */
function readAsk(words: readonly string[]): Ask | undefined {
  const options = {
    'keep-days': { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : '').split(/\. To specify/);
    throw new UsageError(reason, { cause: error });
  }
  if (parsed.values.help) return undefined;
  const [name, ...more] = parsed.positionals;
  if (more.length > 0) throw new UsageError('Name one organization, or none for all.');
  const days = parsed.values['keep-days'];
  if (days !== undefined && !/^[1-9]\d{0,4}$/.test(days)) throw new UsageError(`'${days}' is no number of days.`);
  return { chain: name === undefined ? undefined : chainOf(name), keepDays: days === undefined ? undefined : Number(days) };
}

function chainOf(name: string): AuditChain {
  const chain = name === 'deployment' ? name : parseOrganizationId(name);
  if (chain === undefined) throw new UsageError(`'${name}' is no tenant GUID.`);
  return chain;
}

/** Whoever runs this is no function app: the identity is that of the Azure CLI, or the managed one where there is one. */
async function needsFor(settings: Settings): Promise<VerifyNeeds> {
  const { AzureWebJobsStorage: connectionString, AzureWebJobsStorage__accountName: name = '' } = settings;
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  const tableEndpoint = settings.AzureWebJobsStorage__tableServiceUri ?? `https://${name}.table.core.windows.net`;
  const blobEndpoint = settings.AzureWebJobsStorage__blobServiceUri ?? `https://${name}.blob.core.windows.net`;
  const tables = connectionString === undefined ? { credential, tableEndpoint } : { connectionString };
  const blobs = connectionString === undefined ? { credential, blobEndpoint } : { connectionString };
  return {
    audit: createAuditStore(createTable({ account: tables, name: 'Audit', ids: randomIds }), systemClock),
    auditHeads: createAuditHeads(createHeadContainer({ account: blobs, name: 'audit-heads' })),
    auditKey: keyOf(settings, () => createVaultKey({ keyUrl: settings.AUDIT_KEY ?? '', credential })),
    digest: sha256,
    clock: systemClock,
  };
}

function keyOf({ AUDIT_KEY: url, AUDIT_KEY_FILE: path }: Settings, vaultKey: () => AuditKey): AuditKey {
  if (url !== undefined) return vaultKey();
  if (path !== undefined) return createKeyFile(path, { isMade: false });
  throw new AppError('audit.key-invalid', { problem: 'neither AUDIT_KEY nor AUDIT_KEY_FILE is set' });
}

async function examine({ chain, keepDays: askedDays }: Ask): Promise<number> {
  const settings = readSettings();
  const keepDays = askedDays ?? settings.AUDIT_KEEP_DAYS;
  const needs = await needsFor(settings);
  const chains = chain === undefined ? await chainsToVerify(needs) : [chain];
  const { isTTY } = process.stdout;
  const useColor = isTTY && process.stdout.hasColors();
  let exitCode: number = EXIT.intact;
  for (const each of chains) {
    const report = await verifyAudit(needs, each, { keepDays });
    if (report.records === 0 && report.heads === 0 && isIntact(report))
      throw new UsageError(`There is no audit of ${each}: neither records nor signed heads.`);
    process.stdout.write(auditText(report, { useColor }));
    if (!isIntact(report)) exitCode = EXIT.broken;
  }
  if (chains.length === 0) process.stdout.write('Nothing was recorded yet: there is no chain and no signed head.\n');
  return exitCode;
}

async function main(words: readonly string[]): Promise<number> {
  try {
    const ask = readAsk(words);
    if (ask) return await examine(ask);
    process.stdout.write(USAGE);
    return EXIT.intact;
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
    return EXIT.unchecked;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // A fault of ours is no verdict about the audit.
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = EXIT.unchecked;
}
