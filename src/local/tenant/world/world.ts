// All organizations of one simulated tenant process, their common clock and the journal that every change goes through.
// Not the wire: exchange/, graph/ and entra/ answer from it.
import { seededPeople, tenantIdOf } from '../../host/auth/people.ts';
import type { Change } from './changes.ts';
import { createDraw } from './hash.ts';
import type { Journal, WriteRecord } from './journal.ts';
import { OrganizationWorld } from './organization.ts';
import type { PopulationPlan, SignInPerson } from './population.ts';
import { seededApplication } from './seed-settings.ts';
import type { Application, InstantMs, TenantClock } from './types.ts';

/** One organization to make. */
export interface OrganizationOptions {
  /** Left out, it follows from the name. */
  readonly tenantId?: string;
  /** First label of the domains, `contoso`. */
  readonly name: string;
  readonly mailboxes: number;
  /** Whether the sign-in people of the local host live here. */
  readonly hasSignInPeople?: boolean;
  /** Replaces the product's own application. */
  readonly applications?: readonly Application[];
}

export interface WorldOptions {
  readonly seed: string;
  /** What the seed's dates are counted back from. */
  readonly startMs: InstantMs;
  readonly organizations: readonly OrganizationOptions[];
  /** Part of all phones that are updated, replaced or reset a day. */
  readonly churnPerDay: number;
  readonly clock: TenantClock;
  readonly journal: Journal;
}

export class World {
  readonly clock: TenantClock;
  readonly journal: Journal;
  readonly seed: string;
  private readonly byTenantId = new Map<string, OrganizationWorld>();
  private isReplaying = false;

  constructor(options: WorldOptions) {
    this.clock = options.clock;
    this.journal = options.journal;
    this.seed = options.seed;
    for (const one of options.organizations) this.addOrganization(options, one);
    this.replay();
  }

  /** All organizations, played up to the present. */
  organizations(): OrganizationWorld[] {
    return [...this.byTenantId.values()].map((one) => this.live(one));
  }

  /** By tenant id, initial domain or vanity domain, in any case; played up to the present. */
  organization(key: string): OrganizationWorld | undefined {
    const text = key.toLowerCase();
    const byId = this.byTenantId.get(text);
    if (byId) return this.live(byId);
    const byDomain = [...this.byTenantId.values()].find(
      ({ organization }) => organization.domain === text || organization.initialDomain === text,
    );
    return byDomain && this.live(byDomain);
  }

  /** Dates, applies and writes down changes of one organization, with who asked for them over the wire. */
  commit(tenantId: string, changes: readonly Change[], write?: WriteRecord): void {
    if (this.isReplaying) throw new Error('A change during the replay would be written down twice');
    const organization = this.byTenantId.get(tenantId);
    if (!organization) throw new RangeError(`There is no organization ${tenantId}`);
    const atMs = this.clock.now();
    organization.advance(atMs);
    for (const change of changes) organization.apply(change, atMs);
    this.journal.append({ atMs, tenantId, changes, ...(write ? { write } : {}) });
  }

  private live(one: OrganizationWorld): OrganizationWorld {
    one.advance(this.clock.now());
    return one;
  }

  private addOrganization(options: WorldOptions, one: OrganizationOptions): void {
    const tenantId = (one.tenantId ?? tenantIdOf(one.name)).toLowerCase();
    if (this.byTenantId.has(tenantId)) throw new RangeError(`Two organizations have the tenant id ${tenantId}`);
    const draw = createDraw(`${options.seed}/${one.name}`);
    const domain = `${one.name}.example`;
    const organization = {
      tenantId,
      displayName: `${one.name.charAt(0).toUpperCase()}${one.name.slice(1)}`,
      initialDomain: `${one.name}.onmicrosoft.com`,
      domain,
    };
    const plan: PopulationPlan = {
      organization,
      draw,
      startMs: options.startMs,
      mailboxCount: one.mailboxes,
      people: one.hasSignInPeople ? signInPeople(tenantId) : new Map(),
      policyIds: [0, 1, 2].map((index) => draw.guid('policy', index)),
    };
    const made = new OrganizationWorld({
      plan,
      applications: one.applications ?? [seededApplication(draw)],
      churnPerDay: options.churnPerDay,
      now: () => this.clock.now(),
      commit: (change) => this.commit(tenantId, [change]),
    });
    this.byTenantId.set(tenantId, made);
  }

  private replay(): void {
    this.isReplaying = true;
    for (const { sequence, tenantId, atMs, changes } of this.journal.entries()) {
      const organization = this.byTenantId.get(tenantId);
      if (!organization)
        throw new Error(`Journal entry ${sequence} is about the unknown organization ${tenantId}. Start the tenant anew with --reset.`);
      organization.advance(atMs);
      for (const change of changes) organization.apply(change, atMs);
    }
    this.isReplaying = false;
  }
}

function signInPeople(tenantId: string): Map<string, SignInPerson> {
  return new Map(
    seededPeople(tenantId).map((person): [string, SignInPerson] => {
      const alias = person.userPrincipalName.slice(0, person.userPrincipalName.indexOf('@'));
      const [jobTitle = person.title, department = 'IT'] = person.title.split(', ');
      const groups = person.groups;
      return [
        alias,
        { id: person.id, displayName: person.displayName, jobTitle, department, language: person.preferredLanguage ?? null, groups },
      ];
    }),
  );
}
