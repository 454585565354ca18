/** @jsxImportSource preact */
/** How a device stands, in words that its owner understands. */
import { isOpenWipe, type WipeRecord } from "../../devices/control.ts";
import type { DeviceView } from "../../devices/registry.ts";
import type { Visit } from "../visit.ts";
import { Badge, type Shape, Time, type Tone } from "./ui.tsx";

/** What people call it, or what it calls itself. */
export function nameOf({ control, information, type, scope }: DeviceView): string {
  const told = [control.name, information.FriendlyName, information.Model, type, scope.device];
  return told.find((text) => text !== undefined && text.trim() !== "") ?? scope.device;
}

interface Word {
  readonly tone: Tone;
  readonly shape?: Shape;
  readonly says: string;
}

const accessWords: Readonly<Record<DeviceView["access"], Word>> = {
  allowed: { tone: "good", says: "May sync" },
  quarantined: { tone: "warn", shape: "wait", says: "Waits to be let in" },
  blocked: { tone: "bad", says: "Blocked" },
  wiping: { tone: "warn", shape: "wait", says: "Wipe ordered" },
  wiped: { tone: "bad", says: "Wiped" },
};

export function accessWord({ access, control: { wipe } }: DeviceView): Word {
  return access === "wiped" && wipe?.state === "failed" ? { tone: "bad", says: "Wipe failed" } : accessWords[access];
}

const policyWords: Readonly<Record<DeviceView["policy"]["state"], Word>> = {
  taken: { tone: "good", says: "Policy in place" },
  "partly taken": { tone: "warn", says: "Policy accepted in part" },
  "not taken": { tone: "bad", says: "Policy refused" },
  "managed elsewhere": { tone: "warn", says: "Managed by others" },
  outdated: { tone: "warn", shape: "wait", says: "New policy to accept" },
  offered: { tone: "warn", shape: "wait", says: "Policy being accepted" },
  none: { tone: "warn", shape: "wait", says: "Policy not accepted yet" },
};

/** What the device said of its policy. Where it has to take one, it gets nothing before it has. */
export function policyWord({ rules, policy: { state } }: DeviceView): Word {
  if (rules.provisioning === "none") return { tone: "calm", says: "No policy asked for" };
  // Where it is only offered, a device that knows of no policies is fine without.
  if (rules.provisioning === "allow" && state === "none") return { tone: "calm", says: "No policy accepted" };
  return policyWords[state];
}

/** Of a policy that nobody asks for there is nothing to say. */
function wordsOf(view: DeviceView): readonly Word[] {
  return view.rules.provisioning === "none" ? [accessWord(view)] : [accessWord(view), policyWord(view)];
}

export function StandingBadges({ view }: { view: DeviceView }) {
  return (
    <ul class="badges">
      {wordsOf(view).map(({ tone, shape = tone, says }) => (
        <li key={says}>
          <Badge tone={tone} shape={shape}>
            {says}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

export function LastSync({ view: { lastSeen, firstSeen }, visit }: { view: DeviceView; visit: Visit }) {
  if (lastSeen?.synced !== undefined) return <Time seconds={lastSeen.synced} visit={visit} ago />;
  if (lastSeen !== undefined)
    return (
      <>
        not yet; seen <Time seconds={lastSeen.at} visit={visit} ago />
      </>
    );
  return (
    <>
      not yet; first seen <Time seconds={firstSeen} visit={visit} ago />
    </>
  );
}

const wipeKinds = { full: "a full wipe", account: "a wipe of this account" } as const;

export function WipeStory({ wipe, visit }: { wipe: WipeRecord; visit: Visit }) {
  const { kind, state, orderedAt, orderedBy, sentAt, endedAt, unverified } = wipe;
  const ended = endedAt === undefined ? null : <Time seconds={endedAt} visit={visit} />;
  return (
    <>
      <p>
        {orderedBy} ordered {wipeKinds[kind]}, <Time seconds={orderedAt} visit={visit} />.
      </p>
      {state === "pending" ? (
        <p>The device gets the order as soon as it connects. Until then it can be cancelled.</p>
      ) : null}
      {state === "sent" && sentAt !== undefined ? (
        <p>
          The device was told, <Time seconds={sentAt} visit={visit} />. It has not confirmed it yet.
        </p>
      ) : null}
      {state === "acknowledged" ? <p>The device confirmed it, {ended}. It stays blocked until you remove it.</p> : null}
      {state === "acknowledged" && unverified ? (
        <p>
          The confirmation came with a password that your server refuses: it is likely from the device, and not proven.
        </p>
      ) : null}
      {state === "failed" ? (
        <p>The device said that it could not do it, {ended}. It stays blocked until you remove it.</p>
      ) : null}
      {state === "cancelled" ? <p>It was cancelled, {ended}, before the device heard of it.</p> : null}
    </>
  );
}

export function hasWipeStory({ control: { wipe } }: DeviceView): boolean {
  return wipe !== undefined && (isOpenWipe(wipe) || wipe.state !== "cancelled");
}
