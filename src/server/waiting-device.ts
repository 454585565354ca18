/** Tells a user, by a mail in the inbox, of a new device that waits to be let in. */
import { waitingDeviceNotice } from "../mapping/outgoing/waiting-device.ts";
import { lastPart } from "../sync/patterns.ts";
import type { Session } from "../sync/session.ts";

/**
 * Beside the device's request, which does not wait for it; what fails is in the log. Once for each device.
 * @param session that of the device, with the whole account: the device itself has none of its mail.
 * @param portal where devices are let in, if the gateway knows its own address.
 */
export async function tellOfWaitingDevice(session: Session, portal: string | undefined): Promise<void> {
  const { account, scope, deviceType, userAgent, services, log } = session;
  if (!account.mail) return;
  const address = account.addresses[0] ?? `${lastPart(account.user)}@localhost`;
  try {
    const inbox = (await account.mail.mailboxes()).find(({ use }) => use === "inbox");
    if (!inbox) return;
    const message = waitingDeviceNotice(
      { id: scope.device, type: deviceType, userAgent },
      {
        address,
        displayName: account.displayName,
        portal,
        now: services.now(),
        id: `<${Buffer.from(services.random(16)).toString("hex")}@${address.slice(address.lastIndexOf("@") + 1)}>`,
      },
    );
    await account.mail.append(inbox.path, message, []);
  } catch (error) {
    log.warn({ error }, "the user could not be told of a device that waits");
  }
}
