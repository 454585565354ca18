import { pathPart } from "../routes.ts";

/** A device's page, for its owner. */
export function devicePath(device: string): string {
  return `/portal/devices/${pathPart(device)}`;
}
