/** @jsxImportSource preact */
/** The pages of administrators. */
import type { AuditEntry } from "../../devices/audit.ts";
import type { DeviceScope } from "../../devices/control.ts";
import { type DeviceView, objectionTo } from "../../devices/registry.ts";
import { versions } from "../../schema/versions.ts";
import type { FiredBrake } from "../../sync/fired-brakes.ts";
import { lastPart } from "../../sync/patterns.ts";
import type { DeviceFilter, Found } from "../device-search.ts";
import type { ServerStanding } from "../parts.ts";
import { pathPart } from "../routes.ts";
import type { AdminVisit, Page } from "../visit.ts";
import { DeviceFacts, WipeNotice } from "./device-facts.tsx";
import { doneNotice } from "./done.tsx";
import { LastSync, nameOf, StandingBadges } from "./standing.tsx";
import { Badge, Crumbs, Empty, Field, Form, Notice, Row, Select, Table, Time } from "./ui.tsx";

export const adminPath = "/portal/admin";

export function adminDevicePath({ user, device }: DeviceScope): string {
  return `${adminPath}/users/${pathPart(user)}/devices/${pathPart(device)}`;
}

/** The account's own name, as short as it is clear. */
export function userText(view: DeviceView): string {
  return view.lastSeen?.names[0] ?? lastPart(view.scope.user);
}

/** To all devices of the user. */
function UserLink({ view }: { view: DeviceView }) {
  const name = userText(view);
  return <a href={`${adminPath}/devices?q=${encodeURIComponent(name)}`}>{name}</a>;
}

export function searchPage(visit: AdminVisit, filter: DeviceFilter, found: Found): Page {
  return {
    title: "Devices",
    at: `${adminPath}/devices`,
    content: (
      <>
        <div class="head">
          <h1>Devices of all users</h1>
          <p>{found.total === 1 ? "One device fits." : `${found.total} devices fit.`}</p>
        </div>
        {doneNotice(visit)}
        <form method="get" action={`${adminPath}/devices`} class="card" role="search">
          <div class="search">
            <Field name="q" label="User, name, kind or id" type="search" value={filter.words} class="wide" />
            <Select
              name="access"
              label="Access"
              value={filter.access}
              options={[
                { value: "", label: "Any" },
                { value: "allowed", label: "May sync" },
                { value: "quarantined", label: "Waits to be let in" },
                { value: "blocked", label: "Blocked" },
                { value: "wiping", label: "Wipe ordered" },
                { value: "wiped", label: "Wiped" },
              ]}
            />
            <Select
              name="version"
              label="Version"
              value={filter.version}
              options={[{ value: "", label: "Any" }, ...versions.map((value) => ({ value, label: value }))]}
            />
            <Select
              name="silent"
              label="Silent"
              value={filter.silent}
              options={[
                { value: "", label: "Any" },
                { value: "7", label: "For a week" },
                { value: "30", label: "For a month" },
                { value: "180", label: "For half a year" },
              ]}
            />
            <button type="submit" class="primary">
              Search
            </button>
          </div>
        </form>
        {found.devices.length === 0 ? (
          <Empty shape="phone" title="No device fits">
            <p>Search for less, or wait until somebody connects one.</p>
          </Empty>
        ) : (
          <div id="found" data-live>
            <DeviceTable visit={visit} devices={found.devices} name="Devices" />
          </div>
        )}
        <Pages visit={visit} found={found} />
      </>
    ),
  };
}

export function DeviceTable(props: { visit: AdminVisit; devices: readonly DeviceView[]; name: string }) {
  return (
    <Table name={props.name} heads={["Device", "User", "Standing", "Last sync", "Version"]} stacks>
      {props.devices.map((view) => (
        <Row
          key={`${view.scope.user} ${view.scope.device}`}
          head={<a href={adminDevicePath(view.scope)}>{nameOf(view)}</a>}
          cells={[
            ["User", <UserLink key="user" view={view} />],
            ["Standing", <StandingBadges key="standing" view={view} />],
            ["Last sync", <LastSync key="sync" view={view} visit={props.visit} />],
            ["Version", view.lastSeen?.version ?? "unknown"],
          ]}
        />
      ))}
    </Table>
  );
}

function Pages({ visit, found: { page, pages } }: { visit: AdminVisit; found: Found }) {
  if (pages === 1) return null;
  const to = (number: number): string => {
    const query = new URLSearchParams(visit.url.searchParams);
    query.set("page", String(number));
    return `?${query}`;
  };
  return (
    <nav class="pages" aria-label="Pages">
      {page > 1 ? (
        <a class="button" href={to(page - 1)} rel="prev">
          Before
        </a>
      ) : (
        <span />
      )}
      <span class="soft">
        Page {page} of {pages}
      </span>
      {page < pages ? (
        <a class="button" href={to(page + 1)} rel="next">
          After
        </a>
      ) : (
        <span />
      )}
    </nav>
  );
}

export function waitingPage(visit: AdminVisit, devices: readonly DeviceView[]): Page {
  return {
    title: "Waiting devices",
    at: `${adminPath}/waiting`,
    content: (
      <>
        <div class="head">
          <h1>Devices that wait</h1>
          <p>They are new, and see empty folders until their user or you let them in.</p>
        </div>
        {doneNotice(visit)}
        {devices.length === 0 ? (
          <Empty shape="good" title="Nobody waits">
            <p>New devices appear here when the configuration holds them back (devices: access: quarantine).</p>
          </Empty>
        ) : (
          <div id="waiting" data-live>
            <Table name="Waiting devices" heads={["Device", "User", "Since", "Kind and app", "Decision"]} stacks>
              {devices.map((view) => (
                <Row
                  key={`${view.scope.user} ${view.scope.device}`}
                  head={<a href={adminDevicePath(view.scope)}>{nameOf(view)}</a>}
                  cells={[
                    ["User", userText(view)],
                    [
                      "Since",
                      <Time key="since" seconds={view.control.quarantined ?? view.firstSeen} visit={visit} ago />,
                    ],
                    ["Kind and app", `${view.type}, ${view.userAgent}`],
                    ["Decision", <Decision key="decision" visit={visit} view={view} back="waiting" />],
                  ]}
                />
              ))}
            </Table>
          </div>
        )}
      </>
    ),
  };
}

/** @param back where the administrator decides: the list, or the device's own page. */
function Decision({ visit, view, back }: { visit: AdminVisit; view: DeviceView; back: "waiting" | "device" }) {
  const path = adminDevicePath(view.scope);
  const name = nameOf(view);
  return (
    <div class="row">
      <Form visit={visit} action={`${path}/allow`}>
        <input type="hidden" name="back" value={back} />
        <button type="submit" class="primary">
          Let in<span class="unseen"> {name}</span>
        </button>
      </Form>
      <Form visit={visit} action={`${path}/block`}>
        <input type="hidden" name="back" value={back} />
        <button type="submit" class="hurts">
          Block<span class="unseen"> {name}</span>
        </button>
      </Form>
    </div>
  );
}

export function adminDevicePage(visit: AdminVisit, view: DeviceView, audit: readonly AuditEntry[]): Page {
  const name = nameOf(view);
  return {
    title: name,
    at: `${adminPath}/devices`,
    content: (
      <>
        <Crumbs steps={[{ href: `${adminPath}/devices`, name: "Devices" }]} here={name} />
        <div class="head">
          <h1>{name}</h1>
          <div id="standing" data-live>
            <StandingBadges view={view} />
          </div>
        </div>
        {doneNotice(visit)}
        <div id="wipe-story" data-live>
          <WipeNotice view={view} visit={visit} />
        </div>
        {view.access === "quarantined" ? (
          <Notice tone="warn">
            <p>This device waits to be let in.</p>
            <Decision visit={visit} view={view} back="device" />
          </Notice>
        ) : null}
        <div class="columns">
          <DeviceFacts view={view} visit={visit} whose={userText(view)} />
          <div class="fields">
            <AdminDeeds visit={visit} view={view} />
            <section class="card" aria-labelledby="history">
              <h2 id="history">What was decided of it</h2>
              {audit.length === 0 ? <p>Nothing yet.</p> : <AuditList visit={visit} entries={audit} />}
            </section>
          </div>
        </div>
      </>
    ),
  };
}

function AdminDeeds({ visit, view }: { visit: AdminVisit; view: DeviceView }) {
  const path = adminDevicePath(view.scope);
  const { access, control, rules } = view;
  const isOpen = access === "allowed" || access === "quarantined" || access === "blocked";
  return (
    <section class="card" aria-labelledby="deeds">
      <h2 id="deeds">What you can do</h2>
      {control.wipe?.state === "pending" ? (
        <Form visit={visit} action={`${path}/cancel-wipe`}>
          <button type="submit" class="primary">
            Cancel the wipe
          </button>
        </Form>
      ) : null}
      {access === "blocked" && control.wipe?.state !== "pending" ? (
        <Form visit={visit} action={`${path}/allow`}>
          <button type="submit" class="primary">
            Let it in again
          </button>
        </Form>
      ) : null}
      <div class="row">
        {access === "allowed" ? (
          <a class="button" href={`${path}/block`} data-asks>
            Block
          </a>
        ) : null}
        {rules.provisioning === "none" ? null : (
          <a class="button" href={`${path}/reprovision`} data-asks>
            Ask for its policy anew
          </a>
        )}
        <a class="button" href={`${path}/resync`} data-asks>
          Fetch everything anew
        </a>
        <a class="button" href={`${path}/conversation`}>
          Conversation
        </a>
        {objectionTo("administrator", "remove", view) === undefined ? (
          <a class="button" href={`${path}/remove`} data-asks>
            Remove
          </a>
        ) : null}
        {isOpen ? (
          <a class="button hurts" href={`${path}/wipe`} data-asks>
            Wipe
          </a>
        ) : null}
      </div>
    </section>
  );
}

/** Words of the registry, for people: what stands before the device. */
const actions: ReadonlyMap<string, string> = new Map([
  ["rename", "renamed"],
  ["allow", "let in"],
  ["block", "blocked"],
  ["wipe", "ordered to wipe"],
  ["cancel-wipe", "cancelled the wipe of"],
  ["remove", "removed"],
  ["resync", "started afresh"],
  ["reprovision", "asked anew for the policy of"],
  ["choose", "chose folders for"],
  ["inspect", "started to record"],
  ["stop-inspecting", "stopped recording"],
  ["allow-deletes", "decided about large deletions of"],
  ["wipe sent", "was told of the wipe:"],
  ["wipe acknowledged", "confirmed the wipe:"],
  ["wipe failed", "could not be wiped:"],
]);

const actionText = (action: string) => actions.get(action) ?? action;

function AuditList({ visit, entries }: { visit: AdminVisit; entries: readonly AuditEntry[] }) {
  return (
    <ul class="log">
      {entries.map(({ at, by, action, detail, user, device }) => (
        <li key={`${at} ${action} ${device}`}>
          <span>
            <strong>{by.name}</strong> ({by.role}) {actionText(action)}{" "}
            <a href={adminDevicePath({ user, device })}>{device}</a> of {lastPart(user)}
            {detail === undefined ? "" : `: ${detail}`}
          </span>
          <span class="hint">
            <Time seconds={at / 1000} visit={visit} />
            {by.address === undefined ? "" : ` from ${by.address}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

export interface AuditFilter {
  readonly words: string;
  readonly role: string;
}

export function auditPage(visit: AdminVisit, filter: AuditFilter, entries: readonly AuditEntry[]): Page {
  return {
    title: "Audit log",
    at: `${adminPath}/audit`,
    content: (
      <>
        <div class="head">
          <h1>Audit log</h1>
          <p>Who decided what of which device; the newest first. Nobody can change it.</p>
        </div>
        <form method="get" action={`${adminPath}/audit`} class="card" role="search">
          <div class="search">
            <Field name="q" label="Who, what, user or device" type="search" value={filter.words} class="wide" />
            <Select
              name="role"
              label="By"
              value={filter.role}
              options={["", "user", "administrator", "command line", "device"].map((value) => ({
                value,
                label: value || "Anybody",
              }))}
            />
            <button type="submit" class="primary">
              Search
            </button>
          </div>
        </form>
        {entries.length === 0 ? (
          <Empty shape="calm" title="Nothing fits">
            <p>Each decision about a device is written down here.</p>
          </Empty>
        ) : (
          <Table name="Audit log" heads={["When", "Who", "What", "Device", "User"]} stacks>
            {entries.map(({ at, by, action, user, device, detail }) => (
              <Row
                key={`${at} ${action} ${device}`}
                head={<Time seconds={at / 1000} visit={visit} />}
                cells={[
                  ["Who", `${by.name} (${by.role}${by.address === undefined ? "" : `, ${by.address}`})`],
                  ["What", detail === undefined ? actionText(action) : `${actionText(action)} (${detail})`],
                  [
                    "Device",
                    <a key="device" href={adminDevicePath({ user, device })}>
                      {device}
                    </a>,
                  ],
                  ["User", lastPart(user)],
                ]}
              />
            ))}
          </Table>
        )}
      </>
    ),
  };
}

const serverNames: ReadonlyMap<string, string> = new Map([
  ["dav", "Calendars and contacts"],
  ["imap", "Mail"],
  ["smtp", "Sending mail"],
]);

function Server({ visit, server }: { visit: AdminVisit; server: ServerStanding }) {
  const { backend, server: kind, isUp, lastSuccess, lastFailure } = server;
  return (
    <li>
      <span class="row">
        <strong>{serverNames.get(kind) ?? kind}</strong>
        {backend === "default" ? null : <span class="soft">{backend}</span>}
        {isUp === undefined ? (
          <Badge tone="calm">Not asked yet</Badge>
        ) : isUp ? (
          <Badge tone="good">Answers</Badge>
        ) : (
          <Badge tone="bad">Does not answer</Badge>
        )}
      </span>
      <span class="hint">
        {lastSuccess === undefined ? null : (
          <>
            Last answer: <Time seconds={lastSuccess / 1000} visit={visit} ago />.{" "}
          </>
        )}
        {lastFailure === undefined ? null : (
          <>
            Last failure: <Time seconds={lastFailure.at / 1000} visit={visit} ago />, {lastFailure.why}.
          </>
        )}
      </span>
    </li>
  );
}

/** On the overview. */
const mostBrakes = 10;

function Brake({ visit, fired: { brake, at, user, device, says, times } }: { visit: AdminVisit; fired: FiredBrake }) {
  return (
    <li>
      <span class="row">
        <Badge tone="warn">{brake}</Badge>
        <span>
          <a href={adminDevicePath({ user, device })}>{device}</a> of {lastPart(user)}: {says}
        </span>
      </span>
      <span class="hint">
        <Time seconds={at / 1000} visit={visit} ago />
        {times > 1 ? `, ${times} times` : ""}
      </span>
    </li>
  );
}

export interface Overview {
  readonly users: number;
  readonly byAccess: ReadonlyMap<DeviceView["access"], number>;
  readonly devices: number;
  /** Heard of within a day. */
  readonly today: number;
  readonly lately: readonly AuditEntry[];
  readonly servers: readonly ServerStanding[];
  readonly brakes: readonly FiredBrake[];
}

export function overviewPage(visit: AdminVisit, overview: Overview): Page {
  const { users, devices, today, byAccess, lately } = overview;
  const waiting = byAccess.get("quarantined") ?? 0;
  return {
    title: "Overview",
    at: adminPath,
    content: (
      <>
        <div class="head">
          <h1>Overview</h1>
        </div>
        {waiting > 0 ? (
          <Notice tone="warn">
            <p>
              {waiting === 1 ? "One device waits" : `${waiting} devices wait`} to be let in.{" "}
              <a href={`${adminPath}/waiting`}>Decide</a>
            </p>
          </Notice>
        ) : null}
        <dl class="counts" id="counts" data-live>
          {(
            [
              ["Users", users],
              ["Devices", devices],
              ["Seen today", today],
              ["Waiting", waiting],
              ["Blocked", byAccess.get("blocked") ?? 0],
              ["Wipes open", byAccess.get("wiping") ?? 0],
            ] as const
          ).map(([name, count]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{count}</dd>
            </div>
          ))}
        </dl>
        <section class="card" aria-labelledby="servers" id="servers-card" data-live>
          <h2 id="servers">Servers behind</h2>
          <ul class="log">
            {overview.servers.map((server) => (
              <Server key={`${server.backend} ${server.server}`} visit={visit} server={server} />
            ))}
          </ul>
        </section>
        <section class="card" aria-labelledby="brakes" id="brakes-card" data-live>
          <h2 id="brakes">Brakes that took hold</h2>
          {overview.brakes.length === 0 ? (
            <p>None since this node was started. They hold up what looks like an accident.</p>
          ) : null}
          <ul class="log">
            {overview.brakes.slice(0, mostBrakes).map((fired) => (
              <Brake key={`${fired.at} ${fired.device} ${fired.says}`} visit={visit} fired={fired} />
            ))}
          </ul>
        </section>
        <section class="card" aria-labelledby="lately">
          <div class="row between">
            <h2 id="lately">Decided lately</h2>
            <a href={`${adminPath}/audit`}>The whole audit log</a>
          </div>
          {lately.length === 0 ? <p>Nothing yet.</p> : <AuditList visit={visit} entries={lately} />}
        </section>
      </>
    ),
  };
}
