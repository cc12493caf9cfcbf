// Timestamps of the protocol: seconds since 1970-01-01T00:00:00Z, an int64. JSON prints RFC 3339 to the second, in UTC, for
// years 0000 to 9999 and a decimal number of seconds beyond. Any RFC 3339 time is read; a fraction of a second is dropped.

import { int64 } from "../encoding/codecs.js";
import { type Form, formOf } from "../encoding/form.js";
import { expectString, JsonError } from "../encoding/json.js";

const DAY = 86_400n;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const DAYS_PER_ERA = 146_097;
const YEARS_PER_ERA = 400;
const FIRST_SECOND = secondsOf(0, 1, 1);
const LAST_SECOND = secondsOf(9999, 12, 31) + DAY - 1n;

/**
 * Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that the day that comes and goes
 * is the last of its year, and months then have their lengths by 30.6 a month.
 */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / YEARS_PER_ERA);
  const yearOfEra = marchYear - era * YEARS_PER_ERA;
  const marchMonth = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_DAYS;
}

function secondsOf(year: number, month: number, day: number): bigint {
  return BigInt(daysOf(year, month, day)) * DAY;
}

/** The day of the calendar that lies `days` after 1970-01-01: the inverse of `daysOf`. */
function dayOf(days: number): { year: number; month: number; day: number } {
  const fromStart = days + EPOCH_DAYS;
  const era = Math.floor(fromStart / DAYS_PER_ERA);
  const dayOfEra = fromStart - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: era * YEARS_PER_ERA + yearOfEra + (month <= 2 ? 1 : 0), month, day };
}

function padded(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** RFC 3339 text, or a decimal number of seconds outside of years 0000 to 9999. */
export function formatTimestamp(seconds: bigint): string {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return seconds.toString();
  const secondOfDay = Number(((seconds % DAY) + DAY) % DAY);
  const { year, month, day } = dayOf(Number((seconds - BigInt(secondOfDay)) / DAY));
  const time = [Math.floor(secondOfDay / 3600), Math.floor(secondOfDay / 60) % 60, secondOfDay % 60];
  return `${padded(year, 4)}-${padded(month)}-${padded(day)}T${time.map((part) => padded(part)).join(":")}Z`;
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const DECIMAL = /^-?\d{1,20}$/;

/** Seconds of an RFC 3339 text or a decimal number; undefined when it is neither, or not an int64. */
export function parseTimestamp(text: string): bigint | undefined {
  const parts = RFC_3339.exec(text);
  if (parts === null) return DECIMAL.test(text) ? asInt64(BigInt(text)) : undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offsetHour = Number(parts[8] ?? 0);
  const offsetMinute = Number(parts[9] ?? 0);
  // Second 60 is a leap second, which counts as the next one.
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const days = daysOf(year, month, day);
  const back = dayOf(days);
  if (month < 1 || month > 12 || back.year !== year || back.month !== month || back.day !== day) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * 60 * (parts[7] === "-" ? -1 : 1);
  return BigInt(days) * DAY + BigInt(hour * 3600 + minute * 60 + second - offset);
}

function asInt64(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

/** int64; text in JSON. */
export const timestampForm: Form<bigint> = formOf(int64, formatTimestamp, (json) => {
  const seconds = parseTimestamp(expectString(json));
  if (seconds === undefined) throw new JsonError("encoding.json.bad_value", "RFC 3339 time expected", json);
  return seconds;
});
