/** Whether a server is so near that packing an answer takes longer than sending it as it is. */
import { BlockList, isIPv6 } from "node:net";

const near = new BlockList();
near.addSubnet("127.0.0.0", 8);
near.addSubnet("10.0.0.0", 8);
near.addSubnet("172.16.0.0", 12);
near.addSubnet("192.168.0.0", 16);
near.addAddress("::1", "ipv6");
near.addSubnet("fc00::", 7, "ipv6");

/** True for loopback and private networks: Radicale spends a tenth of a first listing on gzip. */
export function isNear(address: string | undefined): boolean {
  if (address === undefined) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return near.check(mapped);
  return near.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
