/** @jsxImportSource preact */
import type { DeviceView } from "../../devices/registry.ts";
import type { JournalEntry, JournalKind, JournalTexts } from "../../sync/journal/entry.ts";
import type { Undone } from "../../sync/journal/undo.ts";
import { pathPart } from "../routes.ts";
import type { Page, UserVisit } from "../visit.ts";
import { devicePath } from "./device-path.ts";
import { doneNotice } from "./done.tsx";
import { nameOf } from "./standing.tsx";
import { Badge, Crumbs, Empty, Form, Notice, Row, Select, Table, Time } from "./ui.tsx";

const kinds: Readonly<Record<JournalKind, string>> = {
  add: "Made",
  change: "Changed",
  delete: "Deleted",
  move: "Moved",
  lost: "Change that lost against another one",
  undo: "Undone",
};

const classes: Readonly<Record<JournalEntry["className"], string>> = {
  Email: "Mail",
  Calendar: "Event",
  Contacts: "Contact",
  Tasks: "Task",
  Notes: "Note",
};

const pathOf = (view: DeviceView) => `${devicePath(view.scope.device)}/undo`;
const titleOf = ({ title, className }: JournalEntry) =>
  title === undefined || title === "" ? classes[className] : title;

function Path({ view, here }: { view: DeviceView; here?: string }) {
  const device = { href: devicePath(view.scope.device), name: nameOf(view) };
  const steps = [{ href: "/portal/devices", name: "Devices" }, device];
  return here === undefined ? (
    <Crumbs steps={steps} here="Changes" />
  ) : (
    <Crumbs steps={[...steps, { href: pathOf(view), name: "Changes" }]} here={here} />
  );
}

/** @param entries undefined where no journal is kept. */
export function journalPage(visit: UserVisit, view: DeviceView, entries: readonly JournalEntry[] | undefined): Page {
  const name = nameOf(view);
  return {
    title: `What ${name} changed`,
    at: "/portal/devices",
    content: (
      <>
        <Path view={view} />
        <div class="head">
          <h1>What {name} changed</h1>
          <p>
            Contacts, events, tasks and notes. Each change can be taken back; what somebody changed since is left alone.
          </p>
        </div>
        {doneNotice(visit)}
        {entries === undefined ? (
          <Empty shape="calm" title="No journal is kept here">
            <p>
              Whoever looks after this gateway can switch it on (journal, in its configuration). Only later changes can
              be undone then.
            </p>
          </Empty>
        ) : entries.length === 0 ? (
          <Empty shape="good" title="No changes">
            <p>This device has changed nothing lately.</p>
          </Empty>
        ) : (
          <>
            <Form visit={visit} action={pathOf(view)} class="card inline">
              <Select
                name="seconds"
                label="Undo all it did in the last"
                value="3600"
                options={[
                  { value: "3600", label: "hour" },
                  { value: "21600", label: "6 hours" },
                  { value: "86400", label: "day" },
                  { value: "604800", label: "week" },
                ]}
              />
              <button type="submit" class="hurts">
                Undo all of it
              </button>
            </Form>
            <Entries visit={visit} view={view} entries={entries} />
          </>
        )}
      </>
    ),
  };
}

function Entries(props: { visit: UserVisit; view: DeviceView; entries: readonly JournalEntry[] }) {
  const { visit, view, entries } = props;
  return (
    <Table name="Changes, the newest first" heads={["What", "Change", "When", "Standing"]} stacks>
      {entries.map((entry) => (
        <Row
          key={entry.id}
          head={<a href={`${pathOf(view)}/${pathPart(entry.id)}`}>{titleOf(entry)}</a>}
          cells={[
            ["Change", `${classes[entry.className]}: ${kinds[entry.kind].toLowerCase()}`],
            ["When", <Time key="when" seconds={entry.at / 1000} visit={visit} />],
            ["Standing", <Standing key="standing" entry={entry} />],
          ]}
        />
      ))}
    </Table>
  );
}

function Standing({ entry }: { entry: JournalEntry }) {
  if (entry.undone) return <Badge tone="calm">Undone</Badge>;
  if (entry.kind === "lost") return <Badge tone="warn">Not carried out</Badge>;
  if (entry.overwrote) return <Badge tone="warn">Replaced somebody else's change</Badge>;
  return entry.state === "begun" ? <Badge tone="warn">Perhaps done</Badge> : <Badge tone="good">Done</Badge>;
}

export interface EntryParts {
  readonly entry: JournalEntry;
  /** Undefined where they were too large to be kept. */
  readonly texts: JournalTexts | undefined;
}

export function entryPage(visit: UserVisit, view: DeviceView, { entry, texts }: EntryParts): Page {
  const path = pathOf(view);
  const verb = entry.kind === "lost" ? "Put this change in place" : "Undo this change";
  return {
    title: titleOf(entry),
    at: "/portal/devices",
    content: (
      <>
        <Path view={view} here={titleOf(entry)} />
        <div class="head">
          <h1>{titleOf(entry)}</h1>
          <p>
            {classes[entry.className]}: {kinds[entry.kind].toLowerCase()},{" "}
            <Time seconds={entry.at / 1000} visit={visit} />
          </p>
          <div>
            <Standing entry={entry} />
          </div>
        </div>
        {entry.undone ? (
          <Notice tone="calm">
            <p>
              It was undone, <Time seconds={entry.undone.at / 1000} visit={visit} />.
            </p>
          </Notice>
        ) : (
          <div class="row">
            <Form visit={visit} action={`${path}/${pathPart(entry.id)}`}>
              <button type="submit" class="primary">
                {verb}
              </button>
            </Form>
            {entry.kind === "lost" ? null : (
              <Form visit={visit} action={path}>
                <input type="hidden" name="from" value={entry.id} />
                <button type="submit" class="hurts">
                  Undo it, and all the device did since
                </button>
              </Form>
            )}
          </div>
        )}
        {texts === undefined ? (
          <p class="soft">
            {entry.kind === "move" ? "Only its place was changed." : "Its texts were too large to be kept."}
          </p>
        ) : (
          <div class="compare">
            <Side name="Before" text={texts.before} other={texts.after} was={true} />
            <Side name="After" text={texts.after} other={texts.before} was={false} />
          </div>
        )}
      </>
    ),
  };
}

const longestShown = 20_000;
const longestLine = 300;

/** The text of one moment; what the other one has not got is marked. */
function Side({
  name,
  text,
  other,
  was,
}: {
  name: string;
  text: string | undefined;
  other: string | undefined;
  was: boolean;
}) {
  const known = new Set(other?.slice(0, longestShown).split(/\r?\n/));
  const Mark = was ? "del" : "ins";
  const lines = (text ?? "").slice(0, longestShown).trimEnd().split(/\r?\n/);
  return (
    <section class="card" aria-label={name}>
      <h2>{name}</h2>
      {text === undefined ? (
        <p>{was ? "It was not there." : "It is gone."}</p>
      ) : (
        <pre tabIndex={0}>
          {lines.map((line, index) => {
            const told = line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
            return [index === 0 ? "" : "\n", known.has(line) ? told : <Mark key={index}>{told}</Mark>];
          })}
        </pre>
      )}
    </section>
  );
}

export function undonePage(visit: UserVisit, view: DeviceView, results: readonly Undone[]): Page {
  const [only] = results.length === 1 ? results : [];
  return {
    title: "Not everything could be undone",
    at: "/portal/devices",
    content: (
      <>
        <Path view={view} here="What became of it" />
        <div class="head">
          <h1>Not everything could be undone</h1>
        </div>
        <Table name="What became of each change" heads={["What", "Outcome"]} stacks>
          {results.map(({ id, title, says }) => (
            <Row
              key={id}
              head={<a href={`${pathOf(view)}/${pathPart(id)}`}>{title ?? "Change"}</a>}
              cells={[["Outcome", says]]}
            />
          ))}
        </Table>
        {only?.outcome === "changed" ? (
          <Form visit={visit} action={`${pathOf(view)}/${pathPart(only.id)}`}>
            <input type="hidden" name="force" value="yes" />
            <button type="submit" class="hurts">
              Undo it all the same, and lose what was changed since
            </button>
          </Form>
        ) : null}
      </>
    ),
  };
}
