/** @jsxImportSource preact */
import type { DeviceView } from "../../devices/registry.ts";
import { sentenceOf, type Trouble } from "../../sync/troubles/trouble.ts";
import { pathPart } from "../routes.ts";
import type { HeldFolder } from "../trouble-routes.ts";
import type { Page, UserVisit } from "../visit.ts";
import { devicePath } from "./device-path.ts";
import { doneNotice } from "./done.tsx";
import { nameOf } from "./standing.tsx";
import { Crumbs, Empty, Form, Notice, Row, Table, Time } from "./ui.tsx";

export interface Troubles {
  readonly troubles: readonly Trouble[];
  /** Of folders, by id. */
  readonly names: ReadonlyMap<string, string>;
}

export function troublesPage(visit: UserVisit, view: DeviceView, { troubles, names }: Troubles): Page {
  const name = nameOf(view);
  const path = devicePath(view.scope.device);
  return {
    title: `What did not sync with ${name}`,
    at: "/portal/devices",
    content: (
      <>
        <Crumbs
          steps={[
            { href: "/portal/devices", name: "Devices" },
            { href: path, name },
          ]}
          here="What did not sync"
        />
        <div class="head">
          <h1>What did not sync with {name}</h1>
          <p>Everything else did. What is still wrong with the next sync is listed again.</p>
        </div>
        {doneNotice(visit)}
        {troubles.length === 0 ? (
          <Empty shape="good" title="Everything syncs">
            <p>Items that cannot be shown on the device, or that your server refuses, would be listed here.</p>
          </Empty>
        ) : (
          <>
            <Table
              name="Items that did not sync, the newest first"
              heads={["What", "Where", "Why", "Last time"]}
              stacks
            >
              {troubles.map((trouble) => (
                <Row
                  key={`${trouble.folder} ${trouble.item} ${trouble.kind}`}
                  head={trouble.title ?? "An item without a name"}
                  cells={[
                    ["Where", names.get(trouble.folder) ?? "A folder that is gone"],
                    ["Why", sentenceOf(trouble)],
                    ["Last time", <LastTime key="last" visit={visit} trouble={trouble} />],
                  ]}
                />
              ))}
            </Table>
            <Form visit={visit} action={`${path}/troubles`}>
              <button type="submit">Empty this list</button>
            </Form>
          </>
        )}
      </>
    ),
  };
}

function LastTime({ visit, trouble: { last, count } }: { visit: UserVisit; trouble: Trouble }) {
  return (
    <>
      <Time seconds={last} visit={visit} ago />
      {count > 1 ? `, ${count} times` : ""}
    </>
  );
}

/** On the device's own page: deletions that were held back. */
export function HeldNotice({ visit, view, held }: { visit: UserVisit; view: DeviceView; held: readonly HeldFolder[] }) {
  const path = devicePath(view.scope.device);
  return (
    <>
      {held.map(({ folder, name, count }, index) => (
        <Notice key={folder} tone="warn">
          <h2>
            {count === 1 ? "An item" : `${count} items`} of “{name}” would be gone
          </h2>
          <p>
            The device deleted so much at once that it looks like an accident. Nothing was deleted on your server, and
            the items are on the device again.
          </p>
          <div class="row">
            <Form visit={visit} action={`${path}/held/${pathPart(folder)}/keep`}>
              <button type="submit" class="primary">
                Keep them
              </button>
            </Form>
            <Form visit={visit} action={`${path}/held/${pathPart(folder)}/delete`}>
              <button type="submit" class="hurts">
                Delete them
              </button>
            </Form>
            {index === 0 ? (
              <Form visit={visit} action={`${path}/allow-deletes`}>
                <button type="submit" class="quiet">
                  Never ask again
                </button>
              </Form>
            ) : null}
          </div>
        </Notice>
      ))}
    </>
  );
}
