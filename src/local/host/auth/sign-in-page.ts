// The pages of the local sign-in, as pure functions from data to HTML.
import { html } from '../http/html-page.ts';
import type { Html } from '../http/html-page.ts';
import type { Person } from './people.ts';

export interface SignInFacts {
  people: readonly Person[];
  /** Where the browser goes after the choice: a path of this origin. */
  returnTo: string;
  signedIn: Person | undefined;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '');
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.charAt(0).toUpperCase() ?? '').join('');
}

/** A user name that breaks before its @, if it must break at all. */
function userName(userPrincipalName: string): Html {
  const [local = '', domain] = userPrincipalName.split('@');
  return domain === undefined ? html`${local}` : html`<span class="whole">${local}</span><wbr /><span class="whole">@${domain}</span>`;
}

function card(person: Person): Html {
  return html`<li class="card">
    <div class="who">
      <span class="face" aria-hidden="true">${initials(person.displayName)}</span>
      <div>
        <h3>${person.displayName}</h3>
        <p>${person.title}</p>
        <p>${userName(person.userPrincipalName)}</p>
      </div>
    </div>
    <p class="badge">${person.role}</p>
    <p class="may">${person.mayDo}</p>
    <button type="submit" name="person" value="${person.id}">
      Sign in<span class="hidden"> as ${person.displayName}, ${person.role}</span>
    </button>
  </li>`;
}

function group(id: string, heading: string, hint: string, people: readonly Person[]): Html {
  if (people.length === 0) return html``;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    <p class="hint">${hint}</p>
    <ul class="cards">
      ${people.map(card)}
    </ul>
  </section>`;
}

/** Everybody one can sign in as, each with a button. */
export function signInPage({ people, returnTo, signedIn }: SignInFacts): Html {
  const isEmployee = (person: Person): boolean => person.role === 'Device User';
  const present = signedIn
    ? html`<p class="note" role="status">
        You are signed in as <strong>${signedIn.displayName}</strong> (${signedIn.role}). Choose somebody else, or
        <a href="/.auth/logout">sign out</a>.
      </p>`
    : html``;
  return html`<p class="eyebrow">Local stand-in for Microsoft Entra sign-in</p>
    <h1>Who do you want to be?</h1>
    <p class="lead">
      In Azure, App Service Authentication sends people to Microsoft Entra ID at this point. On this computer there is no password: choose
      one of the fictional people of the simulated tenant, and the app sees you as them for eight hours.
    </p>
    ${present}
    <form method="post" action="/.auth/login/aad">
      <input type="hidden" name="post_login_redirect_uri" value="${returnTo}" />
      ${group(
        'administrators',
        'Administrators and auditors',
        'One person for each role of the connector.',
        people.filter((person) => !isEmployee(person)),
      )}
      ${group('employees', 'Employees', 'They use the self-service for their own phones.', people.filter(isEmployee))}
    </form>`;
}

/** Where one lands after signing in when no page was asked for. */
export function signedInPage(person: Person): Html {
  return html`<p class="eyebrow">Local sign-in</p>
    <h1>You are signed in as ${person.displayName}</h1>
    <p class="lead">${person.role}. ${person.mayDo}</p>
    <p class="actions">
      <a class="button" href="/">Go to the app</a> <a href="/.auth/login/aad">Be somebody else</a> <a href="/.auth/logout">Sign out</a>
    </p>`;
}

/** Where one lands after signing out. */
export function signedOutPage(): Html {
  return html`<p class="eyebrow">Local sign-in</p>
    <h1>You are signed out</h1>
    <p class="lead">The session on this computer has ended.</p>
    <p class="actions"><a class="button" href="/.auth/login/aad">Sign in again</a> <a href="/">Go to the app</a></p>`;
}

/** A sign-in that was refused, with the reason and what to do. */
export function refusedPage(reason: string): Html {
  return html`<p class="eyebrow">Local sign-in</p>
    <h1>You were not signed in</h1>
    <p class="lead">${reason}</p>
    <p class="actions"><a class="button" href="/.auth/login/aad">Open the sign-in page</a></p>`;
}
