// `doctor <organization>`: tries what the connector reads in an organization and prints what its credential may and may not do, with cause and cure.
// The second composition root beside app.ts; not in the bundle. Exit codes: 0 all works, 1 something is missing or broken, 2 usage or settings.
import { parseArgs } from 'node:util';
import { createExchange } from './adapters/exchange/exchange.ts';
import { createGraphDirectory } from './adapters/graph/graph-directory.ts';
import { createCredential } from './adapters/identity/credential.ts';
import { findOrganization } from './adapters/identity/find-organization.ts';
import { createTokens } from './adapters/identity/token-facts.ts';
import { jsonLog, standardError } from './adapters/logging/json-log.ts';
import { randomIds } from './adapters/random-ids.ts';
import { systemClock } from './adapters/system-clock.ts';
import { diagnosisText } from './adapters/terminal/diagnosis-text.ts';
import { connectionOf } from './connection.ts';
import type { Connection } from './connection.ts';
import type { CloudEndpoints } from './domain/cloud.ts';
import { hasFault, unknownOrganization, unreachableEntra } from './domain/diagnosis.ts';
import type { Finding } from './domain/diagnosis.ts';
import { AppError } from './domain/errors.ts';
import type { Log } from './domain/ports.ts';
import { parseOrganizationId } from './domain/organization.ts';
import type { OrganizationId } from './domain/organization.ts';
import { diagnoseConnection } from './operations/diagnose-connection.ts';
import type { DiagnosisNeeds } from './operations/diagnose-connection.ts';
import type { ConnectionSettings } from './settings.ts';
import { readConnectionSettings, readCredentialSetting } from './settings.ts';

const USAGE = `npm run doctor -- <organization> [--verbose]

  Tries everything the connector reads in an organization of Exchange Online, once, and prints what its credential may and
  may not do, with cause and cure. It changes nothing.

  <organization>   its tenant GUID, one of its domains, or the first word of its initial domain (contoso)
  --verbose        logs every call to Exchange and Graph, one line of JSON each, on standard error
  --help           shows this

  Without settings it asks the simulated tenant of npm start. For a real organization set CONNECTOR_CREDENTIAL and what it
  needs: local.settings.sample.json has every setting.
`;

const EXIT = { works: 0, fault: 1, usage: 2 } as const;

/** Somebody waits in front of the terminal: sooner an answer than every last repeat. */
const TIME_LIMIT_MS = 30_000;
const WAIT_BUDGET_MS = 10_000;
const USUAL_WIDTH = 100;

/** What the command line says is not understood. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

interface Ask {
  readonly organization: string;
  readonly isVerbose: boolean;
}

/** Undefined when help is wanted. */
function readAsk(words: readonly string[]): Ask | undefined {
  const options = { verbose: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : '').split(/\. To specify/);
    throw new UsageError(reason, { cause: error });
  }
  if (parsed.values.help) return undefined;
  const [organization, ...more] = parsed.positionals;
  if (organization === undefined || more.length > 0) throw new UsageError('Name one organization.');
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(organization)) {
    throw new UsageError(`'${organization}' is no GUID, no domain and no name of an organization.`);
  }
  return { organization, isVerbose: parsed.values.verbose };
}

/** The domain that stands for a name; only the worldwide cloud has one form for all. */
function domainOf(name: string, cloud: ConnectionSettings['CONNECTOR_CLOUD']): string {
  if (name.includes('.')) return name;
  if (cloud === 'global') return `${name}.onmicrosoft.com`;
  throw new UsageError(`In the cloud ${cloud}, write a domain of the organization in full, or its tenant GUID.`);
}

function needsFor({ endpoints, credential }: Connection, organization: OrganizationId, log: Log): DiagnosisNeeds {
  const made = createCredential({
    tenantId: organization,
    credential,
    endpoints,
    setting: readCredentialSetting,
    timeLimitMs: TIME_LIMIT_MS,
  });
  const common = { credential: made, clock: systemClock, log };
  return {
    tokens: createTokens(made, endpoints),
    exchange: createExchange({
      ...common,
      organization,
      endpoint: endpoints,
      ids: randomIds,
      timeLimitMs: TIME_LIMIT_MS,
      waitBudgetMs: WAIT_BUDGET_MS,
    }),
    directory: createGraphDirectory({ ...common, endpoints }),
  };
}

/** The organization's id, or the finding that says why there is none: then nothing else can be tried. */
async function resolve(
  name: string,
  cloud: ConnectionSettings['CONNECTOR_CLOUD'],
  endpoints: CloudEndpoints,
): Promise<OrganizationId | Finding> {
  const given = parseOrganizationId(name);
  if (given !== undefined) return given;
  const subject = { check: 'Organization', ability: 'sign-in' } as const;
  try {
    const found = await findOrganization(endpoints.authority, domainOf(name, cloud));
    return found ?? { ...subject, ...unknownOrganization(name, endpoints) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'identity.unavailable') return { ...subject, ...unreachableEntra(endpoints) };
    throw error;
  }
}

async function examine({ organization: name, isVerbose }: Ask): Promise<number> {
  const settings = readConnectionSettings();
  const connection = connectionOf(settings);
  const log = jsonLog(standardError, isVerbose ? 'info' : 'error');
  const resolved = await resolve(name, settings.CONNECTOR_CLOUD, connection.endpoints);
  const isKnown = typeof resolved === 'string';
  const findings = isKnown
    ? await diagnoseConnection(needsFor(connection, resolved, log), { ...connection, organization: resolved })
    : [resolved];
  const { kind, clientId } = connection.credential;
  const credential = `credential ${kind}${clientId === undefined ? '' : ` of client ${clientId}`}`;
  const title = [`Organization ${name}`, ...(isKnown ? [`tenant ${resolved}`] : []), credential];
  const { isTTY, columns } = process.stdout;
  const options = { useColor: isTTY && process.stdout.hasColors(), width: isTTY ? columns : USUAL_WIDTH };
  process.stdout.write(`${diagnosisText(title.join(', '), findings, options)}\n`);
  return hasFault(findings) ? EXIT.fault : EXIT.works;
}

async function main(words: readonly string[]): Promise<number> {
  try {
    const ask = readAsk(words);
    if (ask) return await examine(ask);
    process.stdout.write(USAGE);
    return EXIT.works;
  } catch (error) {
    const isKnown = error instanceof UsageError || (error instanceof AppError && error.code === 'settings.invalid');
    if (!isKnown) throw error;
    process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ''}`);
    return EXIT.usage;
  }
}

process.exitCode = await main(process.argv.slice(2));
