// `organization-read`: facts, access settings, rules and policies of the organization, kept for people to look at and for later decisions.
// Discovery does not need them: a part that cannot be read is left out.
import type { AnswerOf } from '../domain/discovery-task.ts';
import { toAppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import type { RunTask } from '../domain/run-task.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'organizations' | 'log'>;

/** Keeps the organization as it is now. */
export async function readOrganization(needs: Needs, task: RunTask): Promise<AnswerOf<'organization-read'>> {
  return doTask(needs, task, 'organization', async ({ connector, organization, progress }) => {
    const exchange = needs.connections.exchange(connector);
    const options = { usage: progress.usage };
    const log = needs.log.with({ organization, run: task.run, log: 'EasDisc' });

    /** What `read` finds; undefined where our role lacks the right, or where Exchange answers in a form we do not know. */
    async function whereAllowed<T>(part: string, read: () => Promise<T>): Promise<T | undefined> {
      try {
        return await read();
      } catch (error) {
        const { code, details } = toAppError(error);
        if (code !== 'exchange.denied' && code !== 'exchange.unexpected') throw error;
        log.warn('A part of the organization cannot be read', { part, code, request: details['request'] });
        return undefined;
      }
    }

    const facts = await whereAllowed('facts', () => exchange.getOrganization(options));
    const accessSettings = await whereAllowed('access settings', () => exchange.getAccessSettings(options));
    const accessRules = await whereAllowed('access rules', () => exchange.listAccessRules(options));
    const policies = await whereAllowed('policies', () => exchange.listPolicies(options));
    await needs.organizations.keep(organization, {
      ...(facts && { facts }),
      ...(accessSettings && { accessSettings }),
      ...(accessRules && { accessRules }),
      ...(policies && { policies }),
      observedAt: needs.clock.now(),
    });
    return { outcome: 'done', counts: await progress.finish() };
  });
}
