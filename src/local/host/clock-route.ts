// The held clock over HTTP, for tests in other processes: where it stands, and moving it on.
import type { HeldClock } from './clock.ts';
import { jsonAnswer, type MountedRoute } from './http/plain-http.ts';

function describe(clock: HeldClock): Record<string, unknown> {
  const next = clock.nextAlarmMs;
  return { now: new Date(clock.now()).toISOString(), nextAlarm: next === undefined ? null : new Date(next).toISOString() };
}

/** `GET` tells the time; `POST {"advanceMs": n}` or `{"to": "<ISO time>"}` moves it, running all that becomes due on the way. */
export function clockRoute(clock: HeldClock, settled: () => Promise<void>): MountedRoute {
  return {
    prefix: '/admin/local/clock',
    access: 'master',
    async handle(request) {
      if (request.method === 'GET') return jsonAnswer(200, describe(clock));
      if (request.method !== 'POST') return { status: 404 };
      let wish: { advanceMs?: unknown; to?: unknown };
      try {
        wish = JSON.parse(request.body.toString('utf8')) as typeof wish;
      } catch {
        return jsonAnswer(400, { error: 'The body is not JSON; write {"advanceMs": 1000} or {"to": "2030-01-01T00:00:00Z"}.' });
      }
      const toMs = typeof wish.advanceMs === 'number' ? clock.now() + wish.advanceMs : Date.parse(String(wish.to));
      if (Number.isNaN(toMs) || toMs < clock.now()) {
        return jsonAnswer(400, {
          error: 'The clock moves forward only: write {"advanceMs": n} with n >= 0, or {"to": "<a later ISO time>"}.',
        });
      }
      await clock.advanceTo(toMs, settled);
      return jsonAnswer(200, describe(clock));
    },
  };
}
