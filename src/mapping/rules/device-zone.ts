/** A zone that a device describes by its blob and that has no name in any list: its rules become a VTIMEZONE. */
import { type ZoneBlob, type ZoneDate, zoneDateIn } from "../../protocol/timezone.ts";
import { type Zone, zoneFrom } from "../../protocol/zones.ts";
import { describeZone, offsetText } from "./vtimezone.ts";

/** Every call with the same blob gives a zone of the same id, so that a text needs its VTIMEZONE once. */
export function foreignZone(blob: ZoneBlob): Zone {
  const standard = -(blob.bias + blob.standardBias) * minute;
  const daylight = -(blob.bias + blob.daylightBias) * minute;
  const changes = blob.standardDate.month !== 0 && blob.daylightDate.month !== 0 && standard !== daylight;
  const id = idOf(blob, standard, daylight, changes);
  if (!changes)
    return describeZone(
      zoneFrom(id, () => standard),
      definitionOf(id, [fixed(standard)]),
    );
  const offsetAt = (instant: number): number => {
    const year = new Date(instant).getUTCFullYear();
    const toStandard = zoneDateIn(blob.standardDate, year) - daylight;
    const toDaylight = zoneDateIn(blob.daylightDate, year) - standard;
    const inDaylight =
      toDaylight < toStandard
        ? instant >= toDaylight && instant < toStandard
        : instant >= toDaylight || instant < toStandard;
    return inDaylight ? daylight : standard;
  };
  const definition = definitionOf(id, [
    observance("STANDARD", blob.standardDate, daylight, standard),
    observance("DAYLIGHT", blob.daylightDate, standard, daylight),
  ]);
  return describeZone(zoneFrom(id, offsetAt), definition);
}

const minute = 60_000;
const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** Named by what it is: `EAS+0100+0200-0329-1025`. No device text goes into it. */
function idOf(blob: ZoneBlob, standard: number, daylight: number, changes: boolean): string {
  if (!changes) return `EAS${offsetText(standard)}`;
  const date = ({ year, month, weekday, day, hour, minute: minutes }: ZoneDate) =>
    [year, month, weekday, day, hour, minutes].join(".");
  return `EAS${offsetText(standard)}${offsetText(daylight)}/${date(blob.daylightDate)}/${date(blob.standardDate)}`;
}

function definitionOf(id: string, observances: readonly (readonly string[])[]): string {
  return ["BEGIN:VTIMEZONE", `TZID:${id}`, ...observances.flat(), "END:VTIMEZONE"].join("\r\n");
}

function fixed(offset: number): readonly string[] {
  const text = offsetText(offset);
  const lines = [`TZOFFSETFROM:${text}`, `TZOFFSETTO:${text}`, "DTSTART:19700101T000000"];
  return ["BEGIN:STANDARD", ...lines, "END:STANDARD"];
}

function observance(name: "STANDARD" | "DAYLIGHT", date: ZoneDate, before: number, after: number): readonly string[] {
  const year = date.year === 0 ? 1970 : date.year;
  const start = new Date(zoneDateIn(date, year)).toISOString().slice(0, 19).replace(/[-:]/g, "");
  const nth = date.day === 5 ? -1 : date.day;
  const rule = `RRULE:FREQ=YEARLY;BYMONTH=${date.month};BYDAY=${nth}${weekdays[date.weekday] ?? "SU"}`;
  return [
    `BEGIN:${name}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    `DTSTART:${start}`,
    ...(date.year === 0 ? [rule] : []),
    `END:${name}`,
  ];
}
