/** @jsxImportSource preact */
import { describeEntry, type Entry } from "../../conversation/entry.ts";
import type { DeviceView } from "../../devices/registry.ts";
import type { AdminVisit, Page, UserVisit, Visit } from "../visit.ts";
import { doneNotice } from "./done.tsx";
import { nameOf } from "./standing.tsx";
import { Badge, Crumbs, Form, Notice, Select, Time } from "./ui.tsx";

export interface Conversation {
  readonly view: DeviceView;
  /** Of the device's page. */
  readonly path: string;
  readonly isOwner: boolean;
  /** The newest first. */
  readonly entries: readonly { readonly id: string; readonly entry: Entry }[];
}

export function conversationPage(visit: UserVisit | AdminVisit, told: Conversation): Page {
  const { view, path, entries } = told;
  const name = nameOf(view);
  const list = visit.session.role === "admin" ? "/portal/admin/devices" : "/portal/devices";
  const isOn = (view.control.inspect?.until ?? 0) * 1000 > visit.now;
  return {
    title: `Conversation with ${name}`,
    at: list,
    content: (
      <>
        <Crumbs
          steps={[
            { href: list, name: "Devices" },
            { href: path, name },
          ]}
          here="Conversation"
        />
        <div class="head">
          <h1>Conversation with {name}</h1>
          <p>
            What the device asks and the gateway answers, request by request: for finding out why something does not
            sync.
          </p>
        </div>
        {doneNotice(visit)}
        {isOn ? <Running visit={visit} {...told} /> : <Start visit={visit} {...told} />}
        <section class="card" aria-labelledby="requests">
          <div class="row between">
            <h2 id="requests">Requests, the newest first</h2>
            {entries.length > 0 ? (
              <a class="button" href={`${path}/conversation/file`} download>
                Download as a file
              </a>
            ) : null}
          </div>
          {entries.length === 0 ? (
            <p data-stream-empty>
              {isOn ? "Nothing yet. Do something with the device, such as opening its mail." : "Nothing was recorded."}
            </p>
          ) : null}
          <ul class="log" aria-live="polite" {...(isOn ? { "data-stream": `${path}/conversation/stream` } : {})}>
            {entries.map(({ id, entry }) => (
              <ConversationEntry key={id} id={id} entry={entry} visit={visit} />
            ))}
          </ul>
        </section>
      </>
    ),
  };
}

function Running({ visit, view: { control }, path }: Conversation & { visit: Visit }) {
  const { inspect } = control;
  return (
    <Notice tone="warn">
      <p>
        The conversation is recorded until <Time seconds={inspect?.until ?? 0} visit={visit} />,{" "}
        {inspect?.bodies
          ? "with what mails, contacts and events hold."
          : "without what mails, contacts and events hold."}
      </p>
      <Form visit={visit} action={`${path}/stop-inspecting`}>
        <button type="submit">End it now</button>
      </Form>
    </Notice>
  );
}

function Start({ visit, path, isOwner }: Conversation & { visit: Visit }) {
  return (
    <section class="card mid" aria-labelledby="start">
      <h2 id="start">Record what is said</h2>
      <Form visit={visit} action={`${path}/inspect`} class="fields">
        <Select
          name="seconds"
          label="For"
          value="900"
          options={[
            { value: "900", label: "15 minutes" },
            { value: "3600", label: "An hour" },
            { value: "14400", label: "4 hours" },
            { value: "86400", label: "A day" },
          ]}
        />
        {isOwner ? (
          <label class="choice">
            <input type="checkbox" name="bodies" value="yes" />
            <span>
              Keep contents too
              <span class="hint">
                I agree that the texts of my mails, contacts and events are kept in it, for whoever looks after this
                gateway to read. Without it only their length is.
              </span>
            </span>
          </label>
        ) : (
          <p class="hint">
            Contents are replaced by others of the same length, unless the owner starts it and agrees. Passwords are
            never kept.
          </p>
        )}
        <div>
          <button type="submit" class="primary">
            Start
          </button>
        </div>
      </Form>
    </section>
  );
}

export function ConversationEntry({ id, entry, visit }: { id: string; entry: Entry; visit: Visit }) {
  const { at, command, version, http, statuses, milliseconds, missed, failure } = entry;
  const isFine = http === 200 && failure === undefined && statuses.every((status) => status === "1");
  return (
    <li id={id}>
      <details>
        <summary>
          <strong>{command}</strong>{" "}
          <Badge tone={isFine ? "good" : http >= 400 ? "bad" : "calm"}>
            {http}
            {statuses.length === 0 ? "" : `, Status ${statuses.join(", ")}`}
          </Badge>{" "}
          <span class="hint">
            <Time seconds={Date.parse(at) / 1000} visit={visit} />, {milliseconds} ms, version {version}
            {missed === undefined ? "" : `; ${missed} before it were not shown`}
          </span>
        </summary>
        <pre tabIndex={0}>{describeEntry(entry)}</pre>
      </details>
    </li>
  );
}
