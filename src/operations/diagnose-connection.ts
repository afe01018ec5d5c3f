// Tries everything the connector reads, once, and says what its credential may and may not do, with cause and cure. It changes nothing:
// rights to change are read from Exchange's own list, never tried.
import type { ConnectionRead, DiagnosedConnection, DiagnosisFacts, Finding } from '../domain/diagnosis.ts';
import { diagnose, missingAppRole, missingRight } from '../domain/diagnosis.ts';
import type { Directory } from '../domain/directory-port.ts';
import { toAppError } from '../domain/errors.ts';
import type { ExchangePort } from '../domain/exchange-port.ts';
import type { ExchangeAbility, ExchangeRights } from '../domain/exchange-right.ts';
import type { Tokens } from '../domain/token-port.ts';
import { listExchangeReads } from './list-exchange-reads.ts';
import { listGraphReads } from './list-graph-reads.ts';

export interface DiagnosisNeeds {
  readonly tokens: Tokens;
  readonly exchange: ExchangePort;
  readonly directory: Directory;
}

type Subject = Pick<Finding, 'check' | 'ability'>;

const EXCHANGE_TOKEN: Subject = { check: 'Token for Exchange Online', ability: 'sign-in' };
const GRAPH_TOKEN: Subject = { check: 'Token for Microsoft Graph', ability: 'graph.sign-in' };
const REACH: Subject = { check: 'Exchange Online answers', ability: 'exchange.reach' };
const SEND: Subject = { check: 'Send mail', ability: 'mail.send' };

const APP_ROLE = 'Exchange.ManageAsApp';

/** What each ability to change is for, in the order in which they are told. Never tried. */
const CHANGES = [
  { ability: 'device-lists.write', check: 'Allow and block devices' },
  { ability: 'devices.wipe', check: 'Wipe devices' },
  { ability: 'devices.remove', check: 'Remove devices' },
  { ability: 'access.write', check: 'Change access settings and rules' },
  { ability: 'policies.write', check: 'Change policies' },
] as const satisfies readonly (Subject & { readonly ability: ExchangeAbility })[];

/** Every check with its outcome, in the order in which they were made. Rejects only when `signal` is aborted. */
export async function diagnoseConnection(
  needs: DiagnosisNeeds,
  connection: DiagnosedConnection,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const tokens = [await checkExchangeToken(needs.tokens, connection, signal), await checkGraphToken(needs.tokens, connection, signal)];
  const [exchangeToken, graphToken] = tokens;
  return [
    ...tokens.map(({ finding }) => finding),
    ...(await checkExchange(needs.exchange, connection, exchangeToken?.isThere ?? false, signal)),
    ...(await checkGraph(needs.directory, connection, graphToken ?? { isThere: false }, signal)),
  ];
}

interface TokenCheck {
  readonly finding: Finding;
  readonly isThere: boolean;
  /** App roles that the token names; undefined when it cannot be read. */
  readonly appRoles?: readonly string[];
}

async function checkExchangeToken(tokens: Tokens, facts: DiagnosisFacts, signal: AbortSignal | undefined): Promise<TokenCheck> {
  try {
    const { appRoles, directoryRoles = [] } = await tokens.factsOf('exchange', signal && { signal });
    if (appRoles?.includes(APP_ROLE) === false) return { isThere: true, finding: { ...EXCHANGE_TOKEN, ...missingAppRole(facts) } };
    const roles = directoryRoles.length === 1 ? '1 directory role' : `${directoryRoles.length || 'no'} directory roles`;
    const detail = appRoles ? `app role ${APP_ROLE}, ${roles}` : 'issued';
    return { isThere: true, finding: { ...EXCHANGE_TOKEN, state: 'works', detail } };
  } catch (error) {
    return { isThere: false, finding: explained(EXCHANGE_TOKEN, error, facts, signal) };
  }
}

async function checkGraphToken(tokens: Tokens, facts: DiagnosisFacts, signal: AbortSignal | undefined): Promise<TokenCheck> {
  try {
    const { appRoles } = await tokens.factsOf('graph', signal && { signal });
    const detail = appRoles && appRoles.length > 0 ? appRoles.join(', ') : `issued${appRoles ? ', without any permission' : ''}`;
    return { isThere: true, finding: { ...GRAPH_TOKEN, state: 'works', detail }, ...(appRoles && { appRoles }) };
  } catch (error) {
    return { isThere: false, finding: explained(GRAPH_TOKEN, error, facts, signal) };
  }
}

async function checkExchange(
  exchange: ExchangePort,
  facts: DiagnosisFacts,
  hasToken: boolean,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const reads = listExchangeReads(exchange);
  if (!hasToken) return notTried([REACH, ...reads, ...CHANGES], 'no token');
  let rights: ExchangeRights;
  try {
    rights = await exchange.checkRights(signal && { signal });
  } catch (error) {
    const finding = explained(REACH, error, facts, signal);
    // An answer, even a refusal, shows that it can be reached: then the credential as a whole is refused.
    const reached: Finding = { ...REACH, state: 'works', detail: 'it refuses the credential as a whole' };
    const refused: Finding = { ...finding, check: 'What the roles in Exchange allow', ability: 'organization.read' };
    const isRefusal = finding.state === 'missing';
    return [...(isRefusal ? [reached, refused] : [finding]), ...notTried([...reads, ...CHANGES], isRefusal ? 'refused' : 'no answer')];
  }
  const findings: Finding[] = [{ ...REACH, state: 'works', detail: detailOf(rights) }];
  for (const read of reads) findings.push(await attempt(read, { ...facts, rights: rights.rights }, signal));
  return [...findings, ...CHANGES.map((change) => ({ ...change, ...stateOfRights(rights, change.ability) }))];
}

function detailOf({ source, rights }: ExchangeRights): string {
  const granted = rights.filter(({ state }) => state === 'granted').length;
  return source === 'list' ? `it grants ${granted} of the ${rights.length} cmdlets in use` : 'it does not say which cmdlets it grants';
}

function stateOfRights({ source, rights }: ExchangeRights, ability: ExchangeAbility): Omit<Finding, keyof Subject> {
  const own = rights.filter((right) => right.ability === ability);
  const missing = own.filter(({ state }) => state === 'missing');
  if (missing.length > 0) return missingRight(missing);
  const cmdlets = own.map(({ cmdlet }) => cmdlet).join(', ');
  if (own.length > 0 && own.every(({ state }) => state === 'granted')) return { state: 'works', detail: cmdlets };
  return {
    state: 'unknown',
    detail: cmdlets,
    cause: `Exchange does not tell whether these cmdlets may be run${source === 'probe' ? ', because its list of allowed cmdlets cannot be read' : ''}; trying them would change something.`,
    cure: 'Look the cmdlets up with Get-ManagementRole -Cmdlet as an Exchange administrator.',
  };
}

async function checkGraph(
  directory: Directory,
  facts: DiagnosisFacts,
  token: Pick<TokenCheck, 'isThere' | 'appRoles'>,
  signal: AbortSignal | undefined,
): Promise<readonly Finding[]> {
  const reads = listGraphReads(directory);
  if (!token.isThere) return notTried([...reads, SEND], 'no token');
  const findings: Finding[] = [];
  for (const [index, read] of reads.entries()) {
    const finding = await attempt(read, { ...facts, ...(read.permission !== undefined && { permission: read.permission }) }, signal);
    findings.push(finding);
    // Whoever does not answer the first time will not answer the seventh.
    if (index === 0 && finding.state === 'failed') return [...findings, ...notTried([...reads.slice(1), SEND], 'no answer')];
  }
  return [...findings, { ...SEND, ...stateOfSending(token.appRoles) }];
}

/** Sending is never tried. */
function stateOfSending(appRoles: readonly string[] | undefined): Omit<Finding, keyof Subject> {
  if (appRoles?.includes('Mail.Send')) return { state: 'works', detail: 'Mail.Send, for every mailbox' };
  return {
    state: 'unknown',
    detail: 'Mail.Send',
    cause:
      'The token does not carry Mail.Send. The right to send may still be given in Exchange, for some mailboxes only (Application Mail.Send): no token says so.',
    cure: 'If the connector is to send mail, grant one of the two.',
  };
}

async function attempt(read: ConnectionRead, facts: DiagnosisFacts, signal: AbortSignal | undefined): Promise<Finding> {
  const { check, ability } = read;
  try {
    return { check, ability, state: 'works', detail: await read.run(signal) };
  } catch (error) {
    return explained({ check, ability }, error, facts, signal);
  }
}

function explained(subject: Subject, error: unknown, facts: DiagnosisFacts, signal: AbortSignal | undefined): Finding {
  signal?.throwIfAborted();
  return { ...subject, ...diagnose(toAppError(error), facts) };
}

function notTried(subjects: readonly Subject[], why: string): Finding[] {
  return subjects.map(({ check, ability }) => ({ check, ability, state: 'unknown', detail: `not tried: ${why}` }));
}
