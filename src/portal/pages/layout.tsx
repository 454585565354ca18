/** @jsxImportSource preact */
import { assets } from "../assets/assets.ts";
import type { Page, Visit } from "../visit.ts";
import { Form } from "./ui.tsx";

interface Entry {
  readonly href: string;
  readonly name: string;
}

const userMenu: readonly Entry[] = [
  { href: "/portal/devices", name: "Devices" },
  { href: "/portal/passwords", name: "Passwords" },
];

const adminMenu: readonly Entry[] = [
  { href: "/portal/admin", name: "Overview" },
  { href: "/portal/admin/devices", name: "Devices" },
  { href: "/portal/admin/waiting", name: "Waiting" },
  { href: "/portal/admin/audit", name: "Audit log" },
];

/** The whole document around a page. */
export function Layout({ page, visit }: { page: Page; visit: Visit }) {
  const { session } = visit;
  const isAdmin = session?.role === "admin";
  const menu = session === undefined ? [] : isAdmin ? adminMenu : userMenu;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${page.title} · Isthmus`}</title>
        <link rel="icon" href={assets.icon.path} type="image/svg+xml" />
        <link rel="stylesheet" href={assets.style.path} />
        <script src={assets.script.path} defer />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <div>
            <a class="brand" href="/portal">
              <Sign />
              Isthmus
              {isAdmin ? <small>Administration</small> : null}
            </a>
            {menu.length > 0 ? (
              <nav aria-label="Main">
                <ul>
                  {menu.map(({ href, name }) => (
                    <li key={href}>
                      <a href={href} {...(page.at === href ? { "aria-current": "page" as const } : {})}>
                        {name}
                      </a>
                    </li>
                  ))}
                </ul>
              </nav>
            ) : null}
            {session ? (
              <div class="who">
                <span title={session.name}>
                  <span class="unseen">Logged in as </span>
                  {session.name}
                </span>
                <Form visit={visit} action="/portal/logout">
                  <button type="submit" class="quiet">
                    Log out
                  </button>
                </Form>
              </div>
            ) : null}
          </div>
        </header>
        <main id="main" tabIndex={-1}>
          {page.content}
        </main>
        <footer class="foot">Isthmus, between your phones and your server</footer>
      </body>
    </html>
  );
}

/** As in the icon file, which is not drawn in the page's own colours. */
function Sign() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" fill="#0a5f5a" />
      <path
        d="M4 9c3-2 5-2 8 0s5 2 8 0 5-2 8 0M4 26c3-2 5-2 8 0s5 2 8 0 5-2 8 0"
        fill="none"
        stroke="#8fd8cf"
        stroke-width="2.2"
        stroke-linecap="round"
      />
      <path
        d="M4 18.5c5-4.5 8 .5 12-1s7-5.5 12-2"
        fill="none"
        stroke="#f6e7bf"
        stroke-width="4"
        stroke-linecap="round"
      />
    </svg>
  );
}
