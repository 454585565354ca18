/** Settings: what the device tells of itself, and whose account this is (MS-ASCMD 2.2.1.18). */
import { EasError } from "../errors.ts";
import { atLeast } from "../schema/versions.ts";
import type { Session } from "../sync/session.ts";
import { child, type Element, element } from "../wire/element.ts";
import { keepDeviceInformation } from "./device-information.ts";
import type { Handler } from "./handler.ts";

/** Statuses of a property (MS-ASCMD 2.2.3.177.15): 2 protocol error, 5 invalid argument. */
const status = { success: 1, protocol: 2, unavailable: 4 } as const;

export const settings: Handler = async ({ session, body }) => {
  if (body?.name !== "Settings:Settings") throw new EasError(status.protocol, "no Settings document");
  const information = child(body, "Settings:DeviceInformation");
  if (information) await keepDeviceInformation(session, information);
  const answers = [
    child(body, "Settings:Oof") ? oof(child(body, "Settings:Oof")) : undefined,
    information
      ? withStatus("Settings:DeviceInformation", child(information, "Settings:Set") ? status.success : status.protocol)
      : undefined,
    // There is no recovery of device passwords to store it for.
    child(body, "Settings:DevicePassword") ? withStatus("Settings:DevicePassword", status.unavailable) : undefined,
    child(body, "Settings:UserInformation") ? userInformation(session) : undefined,
    child(body, "Settings:RightsManagementInformation")
      ? withStatus("Settings:RightsManagementInformation", status.success, [
          element("Settings:Get", [element("RightsManagement:RightsManagementTemplates")]),
        ])
      : undefined,
  ];
  return element("Settings:Settings", [element("Settings:Status", status.success), ...answers]);
};

/** Out of office is off and cannot be set: there is no server to keep it yet. */
function oof(asked: Element | undefined): Element {
  if (asked && child(asked, "Settings:Set")) return withStatus("Settings:Oof", status.unavailable);
  return withStatus("Settings:Oof", status.success, [element("Settings:Get", [element("Settings:OofState", 0)])]);
}

/** The real addresses: clients decide by them who organises a meeting, and what may be sent from. */
function userInformation(session: Session): Element {
  const { addresses, displayName } = session.account;
  const smtp = addresses.map((address) => element("Settings:SMTPAddress", address));
  const details = atLeast(session.version, "14.1")
    ? element("Settings:Accounts", [
        element("Settings:Account", [
          displayName === undefined ? undefined : element("Settings:UserDisplayName", displayName),
          element("Settings:EmailAddresses", [
            ...smtp,
            addresses[0] === undefined ? undefined : element("Settings:PrimarySmtpAddress", addresses[0]),
          ]),
        ]),
      ])
    : element("Settings:EmailAddresses", smtp);
  return withStatus("Settings:UserInformation", status.success, [element("Settings:Get", [details])]);
}

function withStatus(
  name:
    | "Settings:Oof"
    | "Settings:DeviceInformation"
    | "Settings:DevicePassword"
    | "Settings:UserInformation"
    | "Settings:RightsManagementInformation",
  code: number,
  more: readonly Element[] = [],
): Element {
  return element(name, [element("Settings:Status", code), ...more]);
}
