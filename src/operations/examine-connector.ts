// Makes every check of an installation: the connection with new tokens, the notification mailbox, and the storage of the deployment.
import type { Connector } from '../domain/connector.ts';
import { diagnose } from '../domain/diagnosis.ts';
import type { DiagnosisFacts, Finding } from '../domain/diagnosis.ts';
import { toAppError } from '../domain/errors.ts';
import type { ExchangePort } from '../domain/exchange-port.ts';
import type { ExchangeRight } from '../domain/exchange-right.ts';
import type { CheckFinding } from '../domain/installation-check.ts';
import { judgeNotificationMailbox, noNotificationMailbox, untriedNotificationMailbox } from '../domain/notification-mailbox.ts';
import type { ExaminedConnection, Ports } from '../domain/ports.ts';
import { failingStorage, workingStorage } from '../domain/storage-check.ts';
import { diagnoseConnection } from './diagnose-connection.ts';

export type ExamineNeeds = Pick<Ports, 'connections' | 'connectors' | 'files'>;

/** What the checks found, and the rights in Exchange as far as they could be read. */
export interface Examination {
  readonly findings: readonly CheckFinding[];
  /** Those of the connection alone. */
  readonly connection: readonly Finding[];
  readonly rights: readonly ExchangeRight[];
}

/** Every check with its outcome. Never rejects: checks that `signal` ends are a finding as well. */
export async function examineConnector(needs: ExamineNeeds, connector: Connector, signal?: AbortSignal): Promise<Examination> {
  const storage = [await checkTables(needs, connector), await checkBlobs(needs, connector)];
  try {
    const { connection, rights, mailbox } = await examineConnection(needs.connections.anew(connector), connector, signal);
    return { findings: [...storage, ...connection, mailbox], connection, rights };
  } catch (error) {
    return { findings: [...storage, signal?.aborted ? tookTooLong : notBegun(error)], connection: [], rights: [] };
  }
}

interface ConnectionExamination {
  readonly connection: readonly Finding[];
  readonly rights: readonly ExchangeRight[];
  readonly mailbox: CheckFinding;
}

async function examineConnection(
  examined: ExaminedConnection,
  connector: Connector,
  signal: AbortSignal | undefined,
): Promise<ConnectionExamination> {
  let rights: readonly ExchangeRight[] = [];
  const exchange: ExchangePort = {
    ...examined.exchange,
    async checkRights(options) {
      const found = await examined.exchange.checkRights(options);
      ({ rights } = found);
      return found;
    },
  };
  const connection = await diagnoseConnection({ ...examined, exchange }, examined, signal);
  const mailbox = await checkMailbox(exchange, connector, { facts: { ...examined, rights }, connection }, signal);
  return { connection, rights, mailbox };
}

interface MailboxFacts {
  readonly facts: DiagnosisFacts;
  readonly connection: readonly Finding[];
}

async function checkMailbox(
  exchange: ExchangePort,
  { notificationMailbox: address }: Connector,
  { facts, connection }: MailboxFacts,
  signal: AbortSignal | undefined,
): Promise<CheckFinding> {
  if (address === undefined) return noNotificationMailbox;
  const isAnswering = connection.some(({ ability, state }) => ability === 'recipients.read' && state === 'works');
  if (!isAnswering) return untriedNotificationMailbox('recipients cannot be read');
  try {
    return judgeNotificationMailbox(await exchange.findRecipients({ by: 'address', address }, signal && { signal }));
  } catch (error) {
    signal?.throwIfAborted();
    return { check: noNotificationMailbox.check, ability: noNotificationMailbox.ability, ...diagnose(toAppError(error), facts) };
  }
}

/** That the record of the installation was read and kept before this shows that tables can be written; here they are read once more. */
async function checkTables({ connectors }: ExamineNeeds, { organization }: Connector): Promise<CheckFinding> {
  try {
    await connectors.get(organization);
    return workingStorage('tables');
  } catch (error) {
    return failingStorage('tables', toAppError(error));
  }
}

async function checkBlobs({ files }: ExamineNeeds, { organization, generation }: Connector): Promise<CheckFinding> {
  const run = { organization, runId: `installation-check-${generation}` };
  try {
    await files.writeQueue(run, []);
    await files.queue(run, 0, 1);
    await files.remove(run);
    return workingStorage('blobs');
  } catch (error) {
    return failingStorage('blobs', toAppError(error));
  }
}

const tookTooLong: CheckFinding = {
  check: 'Checks in time',
  ability: 'exchange.reach',
  state: 'failed',
  cause: 'The checks took longer than they may: Exchange Online or Microsoft Graph answer slowly, or ask for fewer requests.',
  cure: 'It is tried again by itself. If it lasts, look at the service health of Microsoft 365.',
};

function notBegun(thrown: unknown): CheckFinding {
  const { code, message } = toAppError(thrown);
  return {
    check: 'Connection',
    ability: 'exchange.reach',
    state: 'failed',
    detail: code,
    cause: 'The connection to the organization could not be set up.',
    cure: code === 'settings.invalid' || code === 'credential.invalid' ? message : 'The log has the reason: report it.',
  };
}
