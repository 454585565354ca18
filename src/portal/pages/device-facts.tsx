/** @jsxImportSource preact */
import type { DeviceView } from "../../devices/registry.ts";
import type { Visit } from "../visit.ts";
import { accessWord, hasWipeStory, LastSync, policyWord, WipeStory } from "./standing.tsx";
import { Facts, Notice, Time } from "./ui.tsx";

/** What it tells of itself, by the standard's names (MS-ASCMD 2.2.3.47), in ours. */
const told: readonly (readonly [name: string, label: string])[] = [
  ["FriendlyName", "Calls itself"],
  ["OSLanguage", "Language"],
  ["MobileOperator", "Operator"],
];

export function DeviceFacts({ view, visit, whose }: { view: DeviceView; visit: Visit; whose?: string }) {
  const { lastSeen, information, scope } = view;
  return (
    <section class="card" aria-labelledby="facts" id="facts-card" data-live>
      <h2 id="facts">What is known of it</h2>
      <Facts
        of={[
          ["Whose", whose],
          ["Last sync", <LastSync key="sync" view={view} visit={visit} />],
          ["Last seen", lastSeen && <Time seconds={lastSeen.at} visit={visit} ago />],
          ["Access", accessWord(view).says],
          ["Policy", policyWord(view).says],
          ["Model", information.Model],
          ["System", information.OS],
          ["Version", lastSeen && `ActiveSync ${lastSeen.version}`],
        ]}
      />
      <details>
        <summary>More</summary>
        <Facts
          of={[
            ["Known since", <Time key="since" seconds={view.firstSeen} visit={visit} />],
            ...told.map(([name, label]) => [label, information[name]] as const),
            ["Kind", view.type],
            ["App", view.userAgent],
            [
              "Device id",
              <span class="code" key="id">
                {scope.device}
              </span>,
            ],
            ["Address", lastSeen?.address],
          ]}
        />
      </details>
    </section>
  );
}

export function WipeNotice({ view, visit }: { view: DeviceView; visit: Visit }) {
  const { wipe } = view.control;
  if (!wipe || !hasWipeStory(view)) return null;
  return (
    <Notice tone={wipe.state === "pending" || wipe.state === "sent" ? "warn" : "bad"}>
      <WipeStory wipe={wipe} visit={visit} />
    </Notice>
  );
}
