/** @jsxImportSource preact */
import type { DeviceView } from "../../devices/registry.ts";
import { pathPart } from "../routes.ts";
import type { Page, UserVisit } from "../visit.ts";
import { doneNotice } from "./done.tsx";
import { LastSync, nameOf, StandingBadges } from "./standing.tsx";
import { Empty, Icon, Notice } from "./ui.tsx";

export function devicesPage(visit: UserVisit, devices: readonly DeviceView[]): Page {
  const waiting = devices.filter(({ access }) => access === "quarantined").length;
  return {
    title: "Devices",
    at: "/portal/devices",
    content: (
      <>
        <div class="head">
          <h1>Your devices</h1>
          <p>Everything that syncs with your account. Open one to choose what it gets, or to wipe it if it is lost.</p>
        </div>
        {doneNotice(visit)}
        {visit.trouble === undefined ? null : (
          <Notice tone="warn">
            <p>Your server does not answer now, so names of folders may be missing. Everything else works.</p>
          </Notice>
        )}
        {waiting > 0 ? (
          <Notice tone="warn">
            <p>
              {waiting === 1 ? "One device waits" : `${waiting} devices wait`} to be let in. If it is not yours, block
              it and change your password.
            </p>
          </Notice>
        ) : null}
        {devices.length === 0 ? <NoDevices visit={visit} /> : <Tiles visit={visit} devices={devices} />}
      </>
    ),
  };
}

function Tiles({ visit, devices }: { visit: UserVisit; devices: readonly DeviceView[] }) {
  return (
    <ul class="tiles" id="devices" data-live>
      {devices.map((view) => (
        <li class="tile" key={view.scope.device}>
          <div class="kind">
            <Icon shape="phone" />
            <div>
              <h2>
                <a href={`/portal/devices/${pathPart(view.scope.device)}`}>{nameOf(view)}</a>
              </h2>
              <p>
                Last sync: <LastSync view={view} visit={visit} />
              </p>
            </div>
          </div>
          <StandingBadges view={view} />
        </li>
      ))}
    </ul>
  );
}

function NoDevices({ visit }: { visit: UserVisit }) {
  return (
    <Empty shape="phone" title="No device yet">
      <p>To bring your mail, contacts and calendars to a phone:</p>
      <ol>
        <li>In the phone's settings add an account of the kind Exchange or ActiveSync.</li>
        <li>
          As the server type <strong class="code">{visit.request.headers.host ?? "this address"}</strong>.
        </li>
        <li>Use the name and password that you have logged in with here.</li>
      </ol>
    </Empty>
  );
}
