// Status messages: numbered, stored messages of a component, as the classic connector had them. This table is what docs/status-messages.md is made of.
// 1015 and the lines are the classic ones; no other number of SMS_EXCHANGE_CONNECTOR is documented, so all others are our own, from 61001.
// Numbers are contract: add, never renumber. Texts may change; a stored message keeps the text it was written with.
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** As the classic console had them. */
export type StatusSeverity = 'information' | 'warning' | 'error';
export const statusSeverities = ['information', 'warning', 'error'] as const satisfies readonly StatusSeverity[];

/** What a message comes from. */
export type StatusComponent = 'SMS_EXCHANGE_CONNECTOR' | 'AUDIT';
export const statusComponents = ['SMS_EXCHANGE_CONNECTOR', 'AUDIT'] as const satisfies readonly StatusComponent[];

/** The record that a message tells of. */
interface RelatedRecord {
  readonly kind: 'installation' | 'run' | 'audit';
  readonly id: string;
}

/** One kind of message, as the documentation has it too. */
export interface StatusDefinition {
  readonly number: number;
  readonly severity: StatusSeverity;
  readonly component: StatusComponent;
  /** The classic log in which people look for it. */
  readonly log?: 'SiteComp' | 'EasDisc';
  /** The line as the classic log had it. */
  readonly line?: string;
  /** `{name}` stands for an insert. */
  readonly text: string;
  /** What to do about it; for the documentation. */
  readonly cure?: string;
}

/** How long messages are kept where nobody decided otherwise. */
export const KEEP_STATUS_MESSAGE_DAYS = 180;

const CONNECTOR = 'SMS_EXCHANGE_CONNECTOR';

/** Every kind of message, by the name that the code knows it by. */
export const statusMessages = {
  installed: {
    number: 1015,
    severity: 'information',
    component: CONNECTOR,
    log: 'SiteComp',
    line: 'STATMSG: ID=1015',
    text: 'The component SMS_EXCHANGE_CONNECTOR was installed: everything that discovery needs works. Attempts: {attempts}.',
  },
  flaggedForInstallation: {
    number: 61001,
    severity: 'information',
    component: CONNECTOR,
    log: 'SiteComp',
    line: 'Component SMS_EXCHANGE_CONNECTOR flagged for installation',
    text: 'A connector was added (generation {generation}); its installation begins.',
  },
  installationFailed: {
    number: 61002,
    severity: 'warning',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'Attempt {attempt} to install failed at “{check}”. {cause} Next attempt at {nextAttemptAt}.',
    cure: 'Follow the cure of each check in the installation, then ask for a retry. Told when the outcome differs from the attempt before, else once a day.',
  },
  featuresReduced: {
    number: 61003,
    severity: 'warning',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'The connector works with reduced features. What it lacks: {features}.',
    cure: 'The checks of the installation name the right that each feature needs. If the features are not wanted, nothing is to be done.',
  },
  featuresComplete: {
    number: 61004,
    severity: 'information',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'Features that were missing work now: {features}.',
  },
  connectionLost: {
    number: 61005,
    severity: 'error',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'The connector does not work any more: “{check}” failed. {cause} Discovery waits; next attempt at {nextAttemptAt}.',
    cure: 'Follow the cure of each check in the installation, then ask for a retry.',
  },
  connectionRestored: {
    number: 61006,
    severity: 'information',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'The connector works again. Discovery goes on.',
  },
  connectorRemoved: {
    number: 61007,
    severity: 'information',
    component: CONNECTOR,
    log: 'SiteComp',
    text: 'The connector was removed (generation {generation}). What it found stays; what it set in Exchange stays too.',
  },
  cmdletFailed: {
    number: 61011,
    severity: 'warning',
    component: CONNECTOR,
    log: 'EasDisc',
    line: 'Invoking cmdlet {cmdlet} failed',
    text: 'Exchange Online refused the cmdlet {cmdlet}.',
    cure: 'Give the application a role that holds the cmdlet; the checks of the installation name one.',
  },
  sessionFailed: {
    number: 61012,
    severity: 'error',
    component: CONNECTOR,
    log: 'EasDisc',
    line: 'Failed to open runspace for site {organization}',
    text: 'No session with Exchange Online could be opened for the organization {organization}. {cause}',
    cure: 'Check the application, its certificate or secret, its app role and its role in Exchange; the checks of the installation say which.',
  },
  runCompleted: {
    number: 61101,
    severity: 'information',
    component: CONNECTOR,
    log: 'EasDisc',
    text: 'The {kind} run completed: {read} devices read, {added} new, {changed} changed, {gone} gone, {statistics} statistics.',
  },
  runHeld: {
    number: 61102,
    severity: 'warning',
    component: CONNECTOR,
    log: 'EasDisc',
    text: 'The {kind} run is held, because {missing} devices were not found any more. Nothing is marked as gone.',
    cure: 'Check whether the scope of the application’s role in Exchange was narrowed. If the devices are really gone, accept the run, or wait for the next full run to confirm it.',
  },
  runFailed: {
    number: 61103,
    severity: 'error',
    component: CONNECTOR,
    log: 'EasDisc',
    text: 'The {kind} run failed ({code}). {message}',
    cure: 'The next run is tried as scheduled. If the same failure comes again, do what its text says.',
  },
  auditDamaged: {
    number: 61201,
    severity: 'error',
    component: 'AUDIT',
    text: 'The verification of the audit found {problems} problems, the first: {first}',
    cure: 'Run npm run audit:verify, keep the tables and the signed heads as they are, and find out who could write to them.',
  },
  auditNotVerified: {
    number: 61202,
    severity: 'warning',
    component: 'AUDIT',
    text: 'The audit could not be verified ({code}). {message}',
    cure: 'Check the key and the container of the signed heads. It is tried again the next day.',
  },
} as const satisfies Record<string, StatusDefinition>;

type StatusName = keyof typeof statusMessages;

type InsertsIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | InsertsIn<Rest> : never;
type InsertsOf<Name extends StatusName> = InsertsIn<(typeof statusMessages)[Name]['text']>;

/** What happened: a kind of message with exactly the inserts that its text has. */
export type StatusFact = {
  [Name in StatusName]: { readonly name: Name; readonly inserts: Readonly<Record<InsertsOf<Name>, string | number>> };
}[StatusName];

/** Where and when, and how the message is told from others of the same moment. */
export interface StatusOccasion {
  readonly organization: OrganizationId;
  readonly at: Instant;
  /** Of several messages of one organization and moment with the same id, the first is kept and no other. */
  readonly id: string;
  readonly related?: RelatedRecord;
}

/** A message as it is kept. */
export interface StatusMessage extends StatusOccasion {
  readonly number: number;
  readonly severity: StatusSeverity;
  readonly component: StatusComponent;
  readonly text: string;
  readonly log?: 'SiteComp' | 'EasDisc';
}

const LONGEST_INSERT = 500;

/** The message for a fact. */
export function statusMessage(fact: StatusFact, { organization, at, id, related }: StatusOccasion): StatusMessage {
  const { number, severity, component, log, text }: StatusDefinition = statusMessages[fact.name];
  return {
    id,
    organization,
    at,
    number,
    severity,
    component,
    text: fill(text, fact.inserts),
    ...(log && { log }),
    ...(related && { related }),
  };
}

/** The line that the classic log had for the fact; undefined where it had none. */
export function classicLine({ name, inserts }: StatusFact): string | undefined {
  const { line }: StatusDefinition = statusMessages[name];
  return line === undefined ? undefined : fill(line, inserts);
}

function fill(text: string, inserts: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(inserts[name] ?? '');
    return value.length > LONGEST_INSERT ? `${value.slice(0, LONGEST_INSERT - 1)}…` : value;
  });
}

/** What to look for among the messages of an organization. Every part that is given must fit. */
export interface StatusFilter {
  readonly severity?: StatusSeverity;
  readonly component?: StatusComponent;
  readonly number?: number;
  /** Not older. */
  readonly from?: Instant;
  /** Older than that. */
  readonly to?: Instant;
}

/** Whether a message is looked for. */
export function matchesStatus({ severity, component, number, at }: StatusMessage, filter: StatusFilter): boolean {
  return (
    (filter.severity === undefined || filter.severity === severity) &&
    (filter.component === undefined || filter.component === component) &&
    (filter.number === undefined || filter.number === number) &&
    (filter.from === undefined || at >= filter.from) &&
    (filter.to === undefined || at < filter.to)
  );
}
