// GET /api/health: whether this app can work, for probes and for whoever is on call. Anonymous, so it says nothing else.
import { json } from '../src/adapters/http/json.ts';
import type { HttpCallHandler } from '../src/adapters/http/endpoint.ts';
import { startState } from '../src/app.ts';
import { versionText } from '../src/settings.ts';
import { registerHttp, registeredFunctions } from './register.ts';

/** Answers 200 `ready` or 503 `not-ready`; what is wrong then stands in the log of this very invocation. */
export const health: HttpCallHandler = async ({ ports }) => {
  const state = startState();
  const functions = registeredFunctions();
  if (!state.isReady) ports.log.error('app.not-ready', { code: state.reason.code, message: state.reason.message });
  const isReady = state.isReady && functions > 0;
  const version = versionText(state.isReady ? state.settings.BUILD_COMMIT : undefined);
  return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not-ready', version, functions });
};

registerHttp('health', { methods: ['GET', 'HEAD'], route: 'health', handler: health, isAlwaysServed: true });
