// The simulated tenant as a process of its own: starts from the command line, says where it listens, ends in order on Ctrl-C or SIGTERM.
import { readTenantOptions, TENANT_HELP, TenantOptionError, type TenantOptions } from './tenant-options.ts';
import { startTenant } from './tenant-process.ts';

const EXIT_USAGE = 2;

function fail(error: unknown, code: number): void {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = code;
}

function report(error: unknown, request: string): void {
  console.error(`The simulated tenant failed at ${request}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

async function run(options: TenantOptions): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.resolve());
  const running = await startTenant(options, report);
  const { origin, organizations } = running.connection;
  console.log(`Simulated Exchange Online tenant: ${origin}`);
  for (const { displayName, domain, tenantId } of organizations) console.log(`  ${displayName} (${domain}), tenant ${tenantId}`);
  await stopped.promise;
  await running.stop();
}

try {
  const options = readTenantOptions(process.argv.slice(2));
  if (options) await run(options);
  else console.log(TENANT_HELP);
} catch (error) {
  fail(error, error instanceof TenantOptionError ? EXIT_USAGE : 1);
}
