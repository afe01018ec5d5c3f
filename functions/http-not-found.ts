// Everything under /api that no other function answers: the host's own 404 has no body, this one is a problem answer.
// A wrong method on a known path ends here too, because the host takes methods as part of the route.
import type { HttpCallHandler } from '../src/adapters/http/endpoint.ts';
import { startState } from '../src/app.ts';
import { AppError } from '../src/domain/errors.ts';
import { registerHttp } from './register.ts';

/** Refuses with 404; with 503 while the settings are wrong, so that a sender tries again instead of giving up. */
const notFound: HttpCallHandler = async ({ request }) => {
  throw startState().isReady ? new AppError('route.missing', { method: request.method }) : new AppError('app.not-ready');
};

// The host tries routes in the order of the function names, ignoring case, and takes the first match: this name must come last.
registerHttp('zz-not-found', {
  // TRACE and CONNECT are missing because the library cannot build such a request: the host answers them with its own 404.
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  route: '{*path}',
  handler: notFound,
  isAlwaysServed: true,
});
