/** @jsxImportSource preact */
import { isPossible } from "../../devices/gate.ts";
import type { DeviceView } from "../../devices/registry.ts";
import type { Page, Visit } from "../visit.ts";
import { questionPage } from "./question.tsx";
import { nameOf } from "./standing.tsx";
import { Field, Notice } from "./ui.tsx";

export interface WipeQuestion {
  readonly view: DeviceView;
  /** Of the device's page. */
  readonly path: string;
  /** Whether devices may be told to erase themselves at all. */
  readonly fullWipe: boolean;
  readonly wrong?: string;
  readonly status?: number;
}

/** What a wipe can be: of the account alone where the device knows that, else the device is blocked for it. */
export function wipePage(visit: Visit, { view, path, fullWipe, wrong, status }: WipeQuestion): Page {
  const name = nameOf(view);
  const canAccount = isPossible("account", view.lastSeen?.version, fullWipe);
  return questionPage(visit, {
    title: `Wipe ${name}?`,
    action: `${path}/wipe`,
    back: path,
    hurts: true,
    button: "Wipe",
    wrong,
    ...(status === undefined ? {} : { status }),
    says: (
      <>
        <p>The device gets the order when it connects next, and stays blocked afterwards, until you remove it here.</p>
        <Notice tone="warn">
          <p>Wipe before the password is changed: with the new one the device's answer cannot be trusted as much.</p>
        </Notice>
      </>
    ),
    fields: (
      <>
        <fieldset>
          <legend>What shall be erased?</legend>
          <label class="choice">
            <input type="radio" name="kind" value="account" checked required />
            <span>
              {canAccount ? "This account on the device" : "Nothing: block the device"}
              <span class="hint">
                {canAccount
                  ? "Mail, contacts and calendars of this account; photos and other accounts stay."
                  : "It is too old to erase a single account. It gets nothing new, and keeps what it has."}
              </span>
            </span>
          </label>
          {fullWipe ? (
            <label class="choice">
              <input type="radio" name="kind" value="full" required />
              <span>
                The whole device
                <span class="hint">Everything on it, photos and other accounts included. Nobody can undo that.</span>
              </span>
            </label>
          ) : null}
        </fieldset>
        <Field name="password" label="Your password, again" type="password" autocomplete="current-password" required />
      </>
    ),
  });
}
