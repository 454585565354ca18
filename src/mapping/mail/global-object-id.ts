/** The GlobalObjId of a meeting, made of its UID (MS-ASEMAIL_R121, R20000 to R20022). */

/** With which every one begins. */
const classId = Buffer.from("040000008200E00074C5B7101A82E008", "hex");
/** Class, date of the instance, creation time, eight octets that are reserved, and the length of what follows. */
const headOctets = 40;
const instanceAt = 16;
const lengthAt = 36;
const vCalendar = Buffer.from("vCal-Uid\u0001\0\0\0", "latin1");

/** A day of the calendar, months from 1. */
export interface InstanceDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** In base64. A UID that Outlook made is one in hexadecimal digits; any other is put into one. */
export function globalObjectId(uid: string, instance?: InstanceDate): string {
  const id = fromDigits(uid) ?? wrapped(uid);
  if (instance) {
    id.writeUInt16BE(instance.year, instanceAt);
    id.writeUInt8(instance.month, instanceAt + 2);
    id.writeUInt8(instance.day, instanceAt + 3);
  }
  return id.toString("base64");
}

function fromDigits(uid: string): Buffer | undefined {
  if (!/^(?:[\dA-Fa-f]{2})+$/.test(uid)) return undefined;
  const id = Buffer.from(uid, "hex");
  return id.length > headOctets && id.subarray(0, classId.length).equals(classId) ? id : undefined;
}

function wrapped(uid: string): Buffer {
  const data = Buffer.concat([vCalendar, Buffer.from(uid), Buffer.alloc(1)]);
  const head = Buffer.alloc(headOctets);
  classId.copy(head);
  head.writeUInt32LE(data.length, lengthAt);
  return Buffer.concat([head, data]);
}
