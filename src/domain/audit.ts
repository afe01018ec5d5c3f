// One audited event: what happened (audit-events.ts lists it), who did it, to what, when. Not how events are kept and chained (audit-chain.ts).
// Events hold ids; the names of people travel and live beside them, where they can be erased.
import { auditEvents } from './audit-events.ts';
import type { AuditEventType, AuditSubjectKind } from './audit-events.ts';
import type { Caller } from './caller.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

type AuditDetail = string | number | boolean | readonly string[];
type AuditDetails = Readonly<Record<string, AuditDetail>>;

/** What happened, with exactly the details that the event has. */
export type AuditFact = {
  [T in AuditEventType]: {
    readonly type: T;
    readonly subject: string;
    readonly details: { readonly [K in keyof (typeof auditEvents)[T]['details']]?: AuditDetail | undefined };
  };
}[AuditEventType];

/** The chain that an event is part of: that of its organization, or of the deployment for what belongs to none. */
export type AuditChain = OrganizationId | 'deployment';

/** Who acted, by ids only. People and applications are those of Microsoft Entra. */
export type AuditActor =
  | { readonly kind: 'user' | 'application'; readonly tenant: string; readonly objectId: string }
  /** A timer or workflow of the connector itself. */
  | { readonly kind: 'system'; readonly component: string }
  /** A request that nobody could be identified for. */
  | { readonly kind: 'unknown' };

/** One event. Never changed once it is written. */
export interface AuditEvent {
  /** Random, or made of what makes the event the same when it is told twice. At most 200 characters. */
  readonly id: string;
  readonly type: AuditEventType;
  readonly chain: AuditChain;
  /** When it happened, by the clock of who tells it. */
  readonly time: Instant;
  readonly actor: AuditActor;
  readonly subject: { readonly kind: AuditSubjectKind; readonly id: string };
  readonly details: AuditDetails;
}

/** An event on its way into the chain. The name of the actor travels beside it and is kept in a row of its own. */
export interface AuditEntry {
  readonly event: AuditEvent;
  readonly actorName?: string;
}

/** Who acts, as operations hand it around. */
export interface Actor {
  readonly actor: AuditActor;
  /** For people to read. */
  readonly actorName?: string;
}

/** The caller of a request, as an actor. */
export function actorOf({ kind, tenantId: tenant, objectId, name }: Caller): Actor {
  return { actor: { kind, tenant, objectId }, actorName: name };
}

/** One word for an actor, for filters and keys. */
export function actorId(actor: AuditActor): string {
  if (actor.kind === 'unknown') return 'unknown';
  return actor.kind === 'system' ? actor.component : actor.objectId;
}

export interface EntryOptions extends Actor {
  readonly id: string;
  readonly chain: AuditChain;
  readonly time: Instant;
}

/** What is told of a fact. Long texts and lists are cut, so that every event fits into a row. */
export function auditEntry(fact: AuditFact, { id, chain, time, actor, actorName }: EntryOptions): AuditEntry {
  if (id.length > LONGEST_ID) throw new RangeError(`The id of an audit event has ${id.length} characters; ${LONGEST_ID} are allowed.`);
  const event: AuditEvent = {
    id,
    type: fact.type,
    chain,
    time,
    actor,
    subject: { kind: auditEvents[fact.type].subject, id: cut(fact.subject, LONGEST_TEXT) },
    details: limited(fact.details),
  };
  return { event, ...(actorName !== undefined && { actorName: cut(actorName, LONGEST_NAME) }) };
}

/** A request that was refused. */
export interface Refusal extends Actor {
  readonly time: Instant;
  readonly method: string;
  /** The route as it is registered, never the path that was sent. */
  readonly route: string;
  readonly code: string;
  readonly permission?: string;
  readonly reason?: string;
}

/**
 * What is told of a refused request: the same refusal of the same caller is one event a minute, so that nobody can fill the audit.
 * Use the chain `deployment` for callers who are not identified and organizations that have no connector.
 */
export function refusalEntry(chain: AuditChain, refusal: Refusal): AuditEntry {
  const { actor, actorName, time, method, route, code, permission, reason } = refusal;
  const subject = `${method} ${route}`;
  const minute = time.slice(0, 'yyyy-mm-ddThh:mm'.length);
  const id = ['denied', minute, actorId(actor), code, reason ?? permission ?? '', subject].join(' ');
  const fact: AuditFact = { type: 'access.denied', subject, details: { code, permission, reason } };
  return auditEntry(fact, { id: id.slice(0, LONGEST_ID), chain, time, actor, ...(actorName !== undefined && { actorName }) });
}

/** How long events are kept where nobody decided otherwise: seven years. */
export const KEEP_AUDIT_DAYS = 2557;

const LONGEST_ID = 200;
const LONGEST_NAME = 256;
const LONGEST_TEXT = 500;
const LONGEST_ITEM = 100;
const MOST_ITEMS = 30;

function limited(details: Readonly<Record<string, AuditDetail | undefined>>): AuditDetails {
  const kept: Record<string, AuditDetail> = {};
  for (const [name, value] of Object.entries(details)) if (value !== undefined) kept[name] = limitedDetail(value);
  return kept;
}

function limitedDetail(value: AuditDetail): AuditDetail {
  if (typeof value === 'string') return cut(value, LONGEST_TEXT);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const items = value.slice(0, MOST_ITEMS).map((item) => cut(item, LONGEST_ITEM));
  return value.length <= MOST_ITEMS ? items : [...items, `and ${value.length - MOST_ITEMS} more`];
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
