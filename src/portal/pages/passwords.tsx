/** @jsxImportSource preact */
import type { OwnServer } from "../../backends/backend.ts";
import type { Page, UserVisit } from "../visit.ts";
import { doneNotice } from "./done.tsx";
import { Badge, Empty, Field, Form, Notice } from "./ui.tsx";

export const passwordsPath = "/portal/passwords";

const names: Readonly<Record<OwnServer, readonly [name: string, without: string]>> = {
  dav: ["Calendars and contacts", "Until it is entered your phone gets nothing."],
  imap: ["Mail", "Until it is entered your phone has no mail."],
  smtp: ["Sending mail", "Until it is entered your phone cannot send mail."],
};

interface Wrong {
  readonly server: OwnServer;
  readonly says: string;
}

export function passwordsPage(visit: UserVisit, entered: ReadonlyMap<OwnServer, boolean>, wrong?: Wrong): Page {
  return {
    title: "Passwords",
    at: passwordsPath,
    ...(wrong ? { status: 422 } : {}),
    content: (
      <>
        <div class="head">
          <h1>Passwords of other servers</h1>
          <p>Your phone knows one password. A server that wants another one gets it from here.</p>
        </div>
        {doneNotice(visit)}
        {entered.size === 0 ? (
          <Empty shape="good" title="Nothing to enter">
            <p>One password is all your phone needs here.</p>
          </Empty>
        ) : (
          <div class="columns">
            {[...entered].map(([server, isEntered]) => (
              <PasswordCard key={server} visit={visit} server={server} isEntered={isEntered} wrong={wrong} />
            ))}
          </div>
        )}
        {entered.size === 0 ? null : (
          <p class="soft">
            What you enter is kept encrypted with the password you have logged in with, and can be read only while a
            device of yours asks. When you change that one, enter these again.
          </p>
        )}
      </>
    ),
  };
}

interface CardProps {
  readonly visit: UserVisit;
  readonly server: OwnServer;
  readonly isEntered: boolean;
  readonly wrong: Wrong | undefined;
}

function PasswordCard({ visit, server, isEntered, wrong }: CardProps) {
  const [name, without] = names[server];
  const path = `${passwordsPath}/${server}`;
  return (
    <section class="card" aria-labelledby={`of-${server}`}>
      <div class="row between">
        <h2 id={`of-${server}`}>{name}</h2>
        {isEntered ? <Badge tone="good">Entered</Badge> : <Badge tone="warn">Not entered</Badge>}
      </div>
      {isEntered ? null : <p>{without}</p>}
      {wrong?.server === server ? (
        <Notice tone="bad" says>
          <p>{wrong.says}</p>
        </Notice>
      ) : null}
      <Form visit={visit} action={path} class="fields">
        <input
          type="text"
          name="username"
          value={`${server}: ${visit.session.name}`}
          autocomplete="username"
          hidden
          readOnly
        />
        <Field
          name="password"
          id={`field-${server}`}
          label={isEntered ? "Another password" : "Password"}
          type="password"
          autocomplete="off"
          required
        />
        <div class="row">
          <button type="submit" class="primary">
            Try and keep it
          </button>
        </div>
      </Form>
      {isEntered ? (
        <Form visit={visit} action={`${path}/forget`}>
          <button type="submit" class="quiet">
            Forget it
          </button>
        </Form>
      ) : null}
    </section>
  );
}
