// The frame of the few pages the local host shows: escaping, one style sheet, and headers that forbid everything a page of ours does not need.
import { createHash } from 'node:crypto';
import type { PlainAnswer } from './plain-http.ts';

/** HTML that is safe as it is: written by us, with every foreign text escaped. */
export interface Html {
  readonly html: string;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for element content and quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}

type Piece = string | Html | readonly Html[];

function render(piece: Piece): string {
  if (typeof piece === 'string') return escapeHtml(piece);
  return 'html' in piece ? piece.html : piece.map(render).join('');
}

/** A template tag: texts put in are escaped, other Html is not. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return { html: strings.reduce((text, string, index) => `${text}${render(pieces[index - 1] ?? '')}${string}`) };
}

const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #fff; --ink: #16202b; --soft: #4b5a69; --line: #d5dce3;
  --accent: #0b5cad; --accent-ink: #fff; --accent-hover: #084a8c; --badge: #e3eefa; --badge-ink: #0a4179;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11171d; --card: #1a222b; --ink: #eaf0f6; --soft: #a9b7c5; --line: #33404d;
    --accent: #7cb8f5; --accent-ink: #08131f; --accent-hover: #a5cff9; --badge: #1d3550; --badge-ink: #bcdcfc;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: clamp(1.25rem, 4vw, 3rem) clamp(1rem, 4vw, 2rem) 3rem; }
h1 { margin: 0 0 .5rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.125rem); line-height: 1.2; letter-spacing: -.01em; text-wrap: balance; }
h2 { margin: 2.25rem 0 .25rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 0; font-size: 1.0625rem; line-height: 1.3; }
p { margin: 0 0 .75rem; max-width: 68ch; }
a { color: var(--accent); text-underline-offset: .15em; }
code { font: .9em ui-monospace, "Cascadia Mono", Consolas, monospace; overflow-wrap: anywhere; }
.eyebrow { margin: 0 0 .5rem; color: var(--soft); font-size: .8125rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase; }
.lead { color: var(--soft); font-size: 1.0625rem; }
.hint { color: var(--soft); }
.note { margin: 1.25rem 0 0; padding: .75rem 1rem; background: var(--badge); border-left: .25rem solid var(--accent); border-radius: .375rem; max-width: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.card { position: relative; display: flex; flex-direction: column; gap: .75rem; padding: 1.125rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.card p { margin: 0; }
.card:hover { border-color: var(--accent); }
.who { display: flex; gap: .75rem; align-items: center; }
.who div { min-width: 0; }
.who p { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
.face { flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: 50%; background: var(--badge); color: var(--badge-ink); font-weight: 600; }
.badge { align-self: flex-start; padding: .125rem .625rem; background: var(--badge); color: var(--badge-ink); border-radius: 1rem; font-size: .8125rem; font-weight: 600; }
.card .may { flex: 1; font-size: .9375rem; }
button, .button { display: inline-block; padding: .5rem 1rem; border: 1px solid transparent; border-radius: .5rem; background: var(--accent); color: var(--accent-ink); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { background: var(--accent-hover); }
.card button { min-height: 2.75rem; background: transparent; border-color: var(--accent); color: var(--accent); }
.card:hover button, .card button:focus-visible { background: var(--accent); color: var(--accent-ink); }
.card button::after { content: ""; position: absolute; inset: 0; border-radius: .75rem; }
:focus-visible { outline: .1875rem solid var(--accent); outline-offset: .1875rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .375rem 1.25rem; margin: 1.5rem 0; padding: 1.125rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: center; margin: 1.5rem 0 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 30rem) { .facts { grid-template-columns: 1fr; } .facts dd { margin-bottom: .375rem; } }
`;

/** Only our own style sheet (by its hash), only forms to this origin; no scripts, images, frames. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A whole page; `body` goes into its main element. */
function renderPage(title: string, body: Html): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.html}
</main>
</body>
</html>
`;
}

/** The page as an answer that no browser caches, frames or guesses the type of. */
export function pageAnswer(status: number, title: string, body: Html, headers: Record<string, string | string[]> = {}): PlainAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      ...headers,
    },
    body: renderPage(title, body),
  };
}
