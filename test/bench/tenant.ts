// Bench of the simulated tenant: it must be fast and small enough that other benches measure the product, not the tenant.
import { startBenchTenant } from './bench-tenant.ts';
import { createCmdletClient } from './cmdlet-client.ts';
import { peakMemoryMib, type Figure } from './figures.ts';

const PAGE = 5_000;

/** Reads the whole device list without looking into it; rows are counted by their Guid member. */
export async function benchTenant(mailboxes: number): Promise<Figure[]> {
  const startedMs = performance.now();
  const tenant = await startBenchTenant({ mailboxes });
  try {
    const startMs = performance.now() - startedMs;
    const client = await createCmdletClient({ connection: tenant.connection, pageSize: PAGE });
    let rows = 0;
    const readMs = performance.now();
    await client.list('Get-MobileDevice', { ResultSize: 'Unlimited' }, (page) => (rows += page.split('"Guid":').length - 1));
    const tookMs = performance.now() - readMs;
    client.close();
    return [
      { what: `start with ${mailboxes.toLocaleString('en')} mailboxes`, value: `${(startMs / 1000).toFixed(1)} s`, how: 'a fresh folder' },
      { what: 'devices served', value: rows.toLocaleString('en'), how: `one bare paged read, ${PAGE} rows a page, all properties` },
      { what: 'rows a second', value: Math.round((rows / tookMs) * 1000).toLocaleString('en'), how: 'no latency, one connection' },
      { what: 'peak memory of the tenant', value: `${peakMemoryMib(tenant.pid)} MiB`, how: 'VmHWM' },
    ];
  } finally {
    await tenant.stop();
  }
}
