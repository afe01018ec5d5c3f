// The page at the root when no function answers there. AzureWebJobsDisableHomepage=true turns it into a 204, as on the real host.
import { html, pageAnswer } from './html-page.ts';
import type { Html } from './html-page.ts';
import type { PlainAnswer } from './plain-http.ts';

export interface HomepageFacts {
  hostVersion: string;
  /** Where HTTP functions are served: `/api`. */
  functionsPath: string;
  httpFunctionCount: number;
  hasSignIn: boolean;
}

function homepage({ hostVersion, functionsPath, httpFunctionCount, hasSignIn }: HomepageFacts): Html {
  const signIn = hasSignIn ? html`<a href="/.auth/login/aad">Sign in as one of the seeded people</a>` : html``;
  return html`<p class="eyebrow">Local Functions host</p>
    <h1>Your function app is up and running</h1>
    <p class="lead">
      This is the local stand-in for the Azure Functions host, on this computer only. The app itself is served below
      <code>${functionsPath}</code>.
    </p>
    <dl class="facts">
      <dt>Host version</dt>
      <dd>${hostVersion}</dd>
      <dt>HTTP functions</dt>
      <dd>${String(httpFunctionCount)}</dd>
    </dl>
    <p class="actions">
      <a class="button" href="/admin/host/status">Host status</a> <a href="/admin/functions">List of functions</a> ${signIn}
    </p>`;
}

/** The answer to `GET /`. */
export function homepageAnswer(facts: HomepageFacts, settings: Readonly<Record<string, string>>): PlainAnswer {
  if (settings['AzureWebJobsDisableHomepage']?.toLowerCase() === 'true') return { status: 204 };
  const { status, headers, body } = pageAnswer(200, 'Local Functions host', homepage(facts));
  // The real host's page has exactly this type and no x- header (recorded in http-unknown-path); the charset stands in the page.
  const { 'x-content-type-options': _, ...others } = headers ?? {};
  return { status, headers: { ...others, 'content-type': 'text/html' }, ...(body === undefined ? {} : { body }) };
}
