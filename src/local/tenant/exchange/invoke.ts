// One InvokeCommand, alone or as an item of a batch: permission, parameters, faults, the cmdlet itself, and a page of its rows.
// Reading the request off the wire is exchange-routes.ts and batch.ts.
import { effectOf } from '../fault-board.ts';
import type { FaultContext } from '../fault-types.ts';
import { MORE_RESULTS } from '../fault-spoilers.ts';
import type { TenantAnswer } from '../server/route.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { Call, Caller, Cmdlet } from './cmdlet.ts';
import { suffer, type ExchangeContext } from './exchange-context.ts';
import { errorBody, errors, ExchangeError } from './exchange-error.ts';
import { envelopeText, exchangeAnswer, type Envelope } from './envelope.ts';
import { targetMailbox } from './find.ts';
import { backendFor, checkCompanions, encodeCursor, openCursor, preferredPageSize, type Companions, type Cursor } from './paging.ts';
import { Parameters } from './parameters.ts';
import { deniedParameter } from './rbac.ts';
import { nulRefusal, refuseCmdlet } from './refusals.ts';
import type { RowSource } from './row-source.ts';
import { simulatedCmdlet } from './simulated-cmdlets.ts';

/** What an InvokeCommand consists of, however it came. */
export interface Invocation extends Companions {
  readonly organization: OrganizationWorld;
  readonly caller: Caller;
  /** Undefined for a continuation without a body (some clients use GET). */
  readonly input: { readonly cmdlet: string; readonly parameters: Readonly<Record<string, unknown>> } | undefined;
  readonly skipToken: string | null;
  readonly select: readonly string[];
  readonly prefer: string;
  /** URL of the endpoint with its query but without a skip token, for links. */
  readonly url: string;
  readonly faultContext: Omit<FaultContext, 'argument'>;
  /** What a caller without a cookie is given with this answer. */
  readonly newCookie: string;
  readonly isBatchItem: boolean;
  readonly signal: AbortSignal;
}

/** An invocation whose cmdlet is known. */
interface Run {
  readonly context: ExchangeContext;
  readonly invocation: Invocation;
  readonly cursor: Cursor | undefined;
  readonly name: string;
  readonly cmdlet: Cmdlet;
  readonly faultContext: Omit<FaultContext, 'argument'>;
}

/** Result size of a call that names none. */
const DEFAULT_RESULT_SIZE = 1000;

/** Answers one invocation. */
export async function invoke(context: ExchangeContext, invocation: Invocation): Promise<TenantAnswer> {
  const { organization, caller, input, skipToken, faultContext } = invocation;
  let run: Run | undefined;
  try {
    const cursor = skipToken === null ? undefined : await resume(context, invocation, skipToken);
    const asked = cursor?.cmdlet ?? input?.cmdlet ?? '';
    if (cursor && input && input.cmdlet.toLowerCase() !== cursor.cmdlet.toLowerCase()) throw errors.pagination();
    const known = simulatedCmdlet(asked);
    if (!known) return nulRefusal('nul-gzip');
    const subject = subjectOf(cursor?.parameters ?? input?.parameters ?? {}) ?? faultContext.subject;
    const struck = { ...faultContext, cmdlet: known.name, isWrite: known.cmdlet.kind === 'write', subject };
    run = { context, invocation, cursor, name: known.name, cmdlet: known.cmdlet, faultContext: struck };
    const refused = await refuseOrDelay(run);
    if (refused) return refused;
    if (!caller.cmdlets.has(known.name)) return refuseCmdlet(context.switches().cmdletRefusal, known.name);
    return await carryOut(run);
  } catch (error) {
    if (error instanceof Struck) return error.answer;
    if (!(error instanceof ExchangeError)) throw error;
    if (run?.cmdlet.kind === 'write') logRefusal(run, organization, caller, error.message);
    const type = error.type.slice(error.type.lastIndexOf('.') + 1);
    return exchangeAnswer(error.status, errorBody(error, context.switches().errorShape), { 'x-exceptiontype': type });
  }
}

/** A fault that ends a continuation before it is opened. */
class Struck extends Error {
  readonly answer: TenantAnswer;

  constructor(answer: TenantAnswer) {
    super('A fault was armed');
    this.answer = answer;
  }
}

async function resume(context: ExchangeContext, invocation: Invocation, skipToken: string): Promise<Cursor> {
  const { organization, caller, faultContext, signal } = invocation;
  const asker = { tenantId: organization.organization.tenantId, appId: caller.appId };
  const cursor = openCursor(skipToken, asker, invocation, context.switches().paging, context.world.clock.wireNow());
  const effect = context.faults.take('page', { ...faultContext, cmdlet: cursor.cmdlet });
  if (effect?.kind === 'require') checkCompanions(cursor, invocation, effect.what);
  const answer = await suffer(context, effect, signal);
  if (answer) throw new Struck(answer);
  return cursor;
}

/** Identity or Mailbox as a text, for faults that name an object. */
function subjectOf(parameters: Readonly<Record<string, unknown>>): string | undefined {
  const entry = Object.entries(parameters).find(
    ([name, value]) => /^(identity|mailbox)$/i.test(name) && typeof value === 'string' && value !== '',
  );
  return entry && String(entry[1]);
}

/** Throttling, armed faults, and then the sentinels: they wait or stand in for the cmdlet. */
async function refuseOrDelay(run: Run): Promise<TenantAnswer | undefined> {
  const { context, invocation, cursor, faultContext } = run;
  const { signal } = invocation;
  const { isWrite, tenantId } = faultContext;
  const throttled = context.load.spend(tenantId, isWrite);
  if (throttled) return throttled;
  if (invocation.isBatchItem) {
    const struck = await suffer(context, context.faults.take('item', faultContext), signal);
    if (struck) return struck;
  }
  if (cursor) return undefined;
  const struck = await suffer(context, context.faults.take('cmdlet', faultContext), signal);
  if (struck) return struck;
  const call = newCall(run, []);
  const mailbox = targetMailbox(call);
  if (mailbox === undefined) return undefined;
  const sentinel = context.sentinels.take(tenantId, call.organization.mailboxes.facts(mailbox).alias, isWrite);
  const argument = sentinel?.argument ?? '1';
  return sentinel && suffer(context, effectOf(sentinel.fault, { ...faultContext, argument }), signal);
}

function newCall(run: Run, warnings: string[]): Call {
  const { context, invocation, cursor } = run;
  const { organization, caller, input } = invocation;
  const parameters = new Parameters(run.cmdlet.parameters, cursor?.parameters ?? input?.parameters ?? {});
  const application = organization.directory.application(caller.appId);
  const denied = deniedParameter(application, run.name, parameters.names());
  if (denied !== undefined) throw errors.roleDefinition(denied, run.name);
  return {
    cmdlet: run.name,
    organization,
    parameters,
    caller,
    nowMs: context.world.clock.now(),
    switches: context.switches(),
    warn: (text) => void warnings.push(text),
  };
}

async function carryOut(run: Run): Promise<TenantAnswer> {
  const warnings: string[] = [];
  const { context, cmdlet, invocation } = run;
  const { settings } = context.load;
  const isPerMailbox = cmdlet.perMailbox?.some((name) => newCall(run, []).parameters.has(name)) ?? false;
  await pay(run, settings.requestMs + (isPerMailbox ? settings.mailboxMs : 0));
  // Dated after the wait: a slow cmdlet sees the world as it is when it runs.
  const call = newCall(run, warnings);
  const source = cmdlet.kind === 'read' ? cmdlet.run(call) : write(run, call, cmdlet.run(call));
  const envelope = source ? pageOf(run, call, source, warnings) : { context: contextOf(run), warnings, rows: [] };
  await pay(run, (envelope.rows?.length ?? 0) * settings.rowMs);
  return finish(run, envelope, invocation);
}

async function pay({ context, invocation }: Run, ms: number): Promise<void> {
  if (ms > 0) await context.wait(ms, invocation.signal);
}

function write({ context, name }: Run, call: Call, plan: ReturnType<Extract<Cmdlet, { kind: 'write' }>['run']>): RowSource | undefined {
  const { tenantId } = call.organization.organization;
  if (call.parameters.flag('WhatIf')) {
    call.warn(`What if: ${name} would have been carried out.`);
    return undefined;
  }
  const { appId, objectId } = call.caller;
  context.world.commit(tenantId, plan.changes, { appId, objectId, cmdlet: name, parameters: call.parameters.raw() });
  return plan.rows?.();
}

function logRefusal(
  { context, invocation, name }: Run,
  organization: OrganizationWorld,
  { appId, objectId }: Caller,
  refused: string,
): void {
  const parameters = invocation.input?.parameters ?? {};
  context.world.commit(organization.organization.tenantId, [], { appId, objectId, cmdlet: name, parameters, refused });
}

function contextOf({ invocation }: Run): string {
  const endpoint = invocation.url.slice(0, invocation.url.toLowerCase().lastIndexOf('/invokecommand'));
  return `${endpoint}/$metadata#Collection(Exchange.GenericHashTable)`;
}

function pageOf(run: Run, call: Call, source: RowSource, warnings: string[]): Envelope {
  const { context, invocation, cursor, cmdlet } = run;
  const resultSize = 'ResultSize' in cmdlet.parameters ? (call.parameters.size('ResultSize') ?? DEFAULT_RESULT_SIZE) : Infinity;
  const given = cursor?.given ?? 0;
  const limit = Math.min(preferredPageSize(invocation.prefer, call.switches.pageSize), resultSize - given);
  const { rows, next } = source.page(cursor?.from ?? 0, limit, invocation.select);
  if (next === undefined) return { context: contextOf(run), warnings, rows };
  const isCut = given + rows.length >= resultSize;
  if (isCut) warnings.push(MORE_RESULTS);
  const token = encodeCursor({
    tenantId: call.organization.organization.tenantId,
    appId: call.caller.appId,
    cmdlet: run.name,
    parameters: call.parameters.raw(),
    from: next,
    given: isCut ? 0 : given + rows.length,
    anchor: invocation.anchor,
    cookie: invocation.cookie || invocation.newCookie,
    expiresMs: context.world.clock.wireNow() + call.switches.cursorMinutes * 60_000,
  });
  const link = `${invocation.url}${invocation.url.includes('?') ? '&' : '?'}%24skiptoken=${token}`;
  return { context: contextOf(run), warnings, nextLink: link, rows };
}

function finish({ context, faultContext }: Run, envelope: Envelope, { anchor }: Companions): TenantAnswer {
  const effect = context.faults.take('answer', faultContext);
  const spoiled = effect?.kind === 'spoil' ? effect.spoil(envelope) : envelope;
  if ('status' in spoiled) return spoiled;
  return exchangeAnswer(200, envelopeText(spoiled), { 'x-calculatedbetarget': `${backendFor(anchor)}.eurprd05.prod.outlook.com` });
}
