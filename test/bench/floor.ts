// The floor: what a discovery cannot do without, and nothing else. It imports nothing of the product; node test/bench/floor.ts <recipe.json>.
// It sends the requests of a real run over kept connections, reads the short form of the rows it wrote before (whoever does not read what is
// stored cannot know what has changed), and writes as many rows and bytes as the run did, in full transactions, at the run's parallelism.
import { TableClient, type TransactionAction } from '@azure/data-tables';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text as textOf } from 'node:stream/consumers';

/** A list, read page by page from this request on: as many pages as the run read of it. */
export interface Chain {
  pages: number;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** What goes on at the same time, and how much of each kind. */
export interface Stage {
  chains: Chain[];
  chainsParallel: number;
  comparisons: { table: string; properties: string[] }[];
  comparisonsParallel: number;
  /** `values`: properties as long as those that the run wrote. */
  writings: { table: string; rows: number; values: Record<string, string> }[];
  writingsParallel: number;
}

export interface Recipe {
  origin: string;
  caFile: string;
  tokenUrls: { exchange: string; graph: string };
  identityHeader: string;
  storage: string;
  tables: string[];
  stages: Stage[];
}

const PARTITIONS = Array.from({ length: 16 }, (_, digit) => `floor|${digit.toString(16)}`);
const recipe = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Recipe;
const agent = new Agent({ keepAlive: true, ca: readFileSync(recipe.caFile) });
const tables = new Map<string, TableClient>();
const done = { chains: [] as { rows: number; pages: number }[], compared: 0, written: 0 };

async function send(url: string, method: string, headers: Record<string, string>, body = ''): Promise<{ text: string; cookie: string }> {
  const outgoing = request(url, { agent, method, headers }).end(body === '' ? undefined : body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = await textOf(incoming);
  if (incoming.statusCode !== 200) throw new Error(`${method} ${url}: ${incoming.statusCode} ${text.slice(0, 300)}`);
  return { text, cookie: (incoming.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ') };
}

async function inParallel<T>(limit: number, jobs: readonly T[], work: (job: T) => Promise<void>): Promise<void> {
  const waiting = jobs.values();
  const worker = async (): Promise<void> => {
    for (const job of waiting) await work(job);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

async function tokenFrom(url: string): Promise<string> {
  const { text } = await send(url, 'GET', { 'x-identity-header': recipe.identityHeader });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

/** The page is parsed: nobody can know its rows, or where the list goes on, without that. */
async function readChain({ pages, method, path, headers, body }: Chain, token: string): Promise<{ rows: number; pages: number }> {
  const read = { rows: 0, pages: 0 };
  let cookies = '';
  for (let url: string | undefined = recipe.origin + path; url !== undefined && read.pages < pages; read.pages += 1) {
    const { text, cookie } = await send(url, method, { ...headers, authorization: `Bearer ${token}`, cookie: cookies }, body);
    cookies ||= cookie;
    const page = JSON.parse(text) as { value?: readonly unknown[]; '@odata.nextLink'?: string };
    read.rows += page.value?.length ?? 0;
    url = page['@odata.nextLink'];
  }
  return read;
}

async function compare(table: string, partition: string, properties: readonly string[]): Promise<void> {
  const queryOptions = { filter: `PartitionKey eq '${partition}'`, select: ['PartitionKey', 'RowKey', ...properties] };
  const pages = tables.get(table)?.listEntities({ queryOptions }).byPage({ maxPageSize: 1000 });
  for await (const page of pages ?? []) done.compared += page.length;
}

/** The rows spread over the partitions, a hundred of one partition in each transaction; keys come in no order, as ids of devices do. */
function transactionsOf({ table, rows, values }: Stage['writings'][number]): (() => Promise<void>)[] {
  return PARTITIONS.flatMap((partitionKey, digit) => {
    const own = Math.floor(rows / 16) + (digit < rows % 16 ? 1 : 0);
    const action = (): TransactionAction => ['upsert', { partitionKey, rowKey: `o|${crypto.randomUUID()}`, ...values }, 'Merge'];
    return Array.from({ length: Math.ceil(own / 100) }, (_, part) => async () => {
      const actions = Array.from({ length: Math.min(100, own - part * 100) }, action);
      const answer = await tables.get(table)?.submitTransaction(actions);
      done.written += answer?.subResponses.length ?? 0;
    });
  });
}

const started = performance.now();
const [exchange, graph] = await Promise.all([tokenFrom(recipe.tokenUrls.exchange), tokenFrom(recipe.tokenUrls.graph)]);
for (const name of recipe.tables) {
  tables.set(name, TableClient.fromConnectionString(recipe.storage, name, { allowInsecureConnection: true }));
  await tables.get(name)?.createTable();
}
for (const stage of recipe.stages) {
  const before = done.chains.length;
  const comparisons = stage.comparisons.flatMap((one) => PARTITIONS.map((partition) => ({ ...one, partition })));
  await Promise.all([
    inParallel(stage.chainsParallel, [...stage.chains.entries()], async ([index, chain]) => {
      done.chains[before + index] = await readChain(chain, chain.path.startsWith('/adminapi/') ? exchange : graph);
    }),
    inParallel(stage.comparisonsParallel, comparisons, (one) => compare(one.table, one.partition, one.properties)),
    inParallel(stage.writingsParallel, stage.writings.flatMap(transactionsOf), (write) => write()),
  ]);
}
agent.destroy();
console.log(JSON.stringify({ ms: performance.now() - started, ...done }));
