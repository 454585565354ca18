/** @jsxImportSource preact */
import { type Action, type DeviceView, objectionTo } from "../../devices/registry.ts";
import type { Choosable } from "../collections.ts";
import type { TroubleSummary } from "../trouble-routes.ts";
import type { Page, UserVisit } from "../visit.ts";
import { DeviceFacts, WipeNotice } from "./device-facts.tsx";
import { devicePath } from "./device-path.ts";
import { doneNotice } from "./done.tsx";
import { nameOf, StandingBadges } from "./standing.tsx";
import { HeldNotice } from "./troubles.tsx";
import { Badge, Crumbs, Field, Form, Notice } from "./ui.tsx";

export interface DeviceParts {
  readonly view: DeviceView;
  /** Undefined while the server does not tell. */
  readonly choosable: readonly Choosable[] | undefined;
  readonly summary: TroubleSummary;
}

/** A device, for its owner. */
export function devicePage(visit: UserVisit, parts: DeviceParts): Page {
  const { view } = parts;
  const path = devicePath(view.scope.device);
  const name = nameOf(view);
  return {
    title: name,
    at: "/portal/devices",
    content: (
      <>
        <Crumbs steps={[{ href: "/portal/devices", name: "Devices" }]} here={name} />
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
        <HeldNotice visit={visit} view={view} held={parts.summary.held} />
        {view.access === "quarantined" ? <LetIn visit={visit} path={path} /> : null}
        <div class="columns">
          <div class="fields">
            <ChoiceCard visit={visit} path={path} {...parts} />
            <Deeds view={view} path={path} visit={visit} />
          </div>
          <div class="fields">
            <DeviceFacts view={view} visit={visit} />
            <MoreCard path={path} troubles={parts.summary.troubles} />
            <NameCard view={view} visit={visit} path={path} />
          </div>
        </div>
      </>
    ),
  };
}

function LetIn({ visit, path }: { visit: UserVisit; path: string }) {
  return (
    <Notice tone="warn">
      <h2>Is this your device?</h2>
      <p>It connected with your name and password, and waits. Until you let it in it sees empty folders only.</p>
      <div class="row">
        <Form visit={visit} action={`${path}/allow`}>
          <button type="submit" class="primary">
            Yes, let it in
          </button>
        </Form>
        <Form visit={visit} action={`${path}/block`}>
          <button type="submit" class="hurts">
            No, block it
          </button>
        </Form>
      </div>
    </Notice>
  );
}

function MoreCard({ path, troubles }: { path: string; troubles: number }) {
  return (
    <section class="card" aria-labelledby="more">
      <h2 id="more">Looking closer</h2>
      <ul class="links">
        <li class="row">
          <a href={`${path}/troubles`}>What did not sync, and why</a>
          {troubles === 0 ? (
            <Badge tone="good">All did</Badge>
          ) : (
            <Badge tone="warn">{troubles === 1 ? "One item" : `${troubles} items`}</Badge>
          )}
        </li>
        <li>
          <a href={`${path}/undo`}>What it changed, and how to undo it</a>
        </li>
        <li>
          <a href={`${path}/conversation`}>Its conversation with the gateway</a>
        </li>
      </ul>
    </section>
  );
}

function NameCard({ view, visit, path }: { view: DeviceView; visit: UserVisit; path: string }) {
  return (
    <section class="card" aria-labelledby="name">
      <h2 id="name">What you call it</h2>
      <Form visit={visit} action={`${path}/rename`} class="inline">
        <Field
          name="name"
          label="Name"
          value={view.control.name ?? ""}
          maxLength={64}
          placeholder="Anna’s phone"
          autocomplete="off"
        />
        <button type="submit">Save</button>
      </Form>
    </section>
  );
}

function ChoiceCard({ view, visit, path, choosable }: DeviceParts & { visit: UserVisit; path: string }) {
  const hidden = new Set(view.control.hidden);
  return (
    <section class="card" aria-labelledby="choice">
      <h2 id="choice">What it gets</h2>
      {choosable === undefined ? (
        <p>Your server does not tell its folders now. Come back in a minute to choose.</p>
      ) : choosable.length === 0 ? (
        <p>There are no folders to choose from: inbox, drafts, sent and trash are on every device.</p>
      ) : (
        <Form visit={visit} action={`${path}/folders`} class="fields">
          <fieldset>
            <legend class="unseen">Folders on this device</legend>
            <p class="hint">What you take away disappears from this device, and from nowhere else.</p>
            <ul class="choices">
              {choosable.map(({ href, name, holds }) => (
                <li key={href}>
                  <label class="choice">
                    <input type="hidden" name="offered" value={href} />
                    <input type="checkbox" name="shown" value={href} checked={!hidden.has(href)} />
                    <span>
                      {name}
                      {holds === name ? null : <span class="hint">{holds}</span>}
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          </fieldset>
          <div>
            <button type="submit" class="primary">
              Save the choice
            </button>
          </div>
        </Form>
      )}
    </section>
  );
}

function Deeds({ view, path, visit }: { view: DeviceView; path: string; visit: UserVisit }) {
  const { access, control } = view;
  const may = (kind: Action["kind"]) => objectionTo("user", kind, view) === undefined;
  const isWipable = access !== "wiping" && access !== "wiped";
  return (
    <section class="card" aria-labelledby="deeds">
      <h2 id="deeds">What you can do</h2>
      {control.wipe?.state === "pending" && may("cancel-wipe") ? (
        <Form visit={visit} action={`${path}/cancel-wipe`}>
          <button type="submit" class="primary">
            Cancel the wipe
          </button>
        </Form>
      ) : null}
      {access === "blocked" && control.wipe?.state !== "pending" && may("allow") ? (
        <Form visit={visit} action={`${path}/allow`}>
          <button type="submit" class="primary">
            Let it in again
          </button>
        </Form>
      ) : null}
      <div class="row">
        <a class="button" href={`${path}/resync`} data-asks>
          Fetch everything anew
        </a>
        {access === "allowed" ? (
          <a class="button" href={`${path}/block`} data-asks>
            Block
          </a>
        ) : null}
        {may("remove") ? (
          <a class="button" href={`${path}/remove`} data-asks>
            Remove
          </a>
        ) : null}
        {isWipable ? (
          <a class="button hurts" href={`${path}/wipe`} data-asks>
            Wipe
          </a>
        ) : null}
      </div>
      {control.deletesAllowed ? (
        <Form visit={visit} action={`${path}/hold-deletes`}>
          <p class="hint">This device may delete as much at once as it wants.</p>
          <button type="submit">Hold back large deletions again</button>
        </Form>
      ) : null}
      {isWipable ? (
        <p class="hint">
          Lost or stolen? <strong>Wipe it before you change your password</strong>: the order is delivered either way,
          but only a device that still knows your password can prove that it obeyed.
        </p>
      ) : null}
    </section>
  );
}
