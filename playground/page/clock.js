/** Dates as the person acted as sees them: their time zone and language, and the workspace's own "now". */

import { state } from "./store.js";

const formats = new Map();

/** The workspace's time: moved by the time bar, and ticking unless the clock is frozen. */
export const now = () => new Date(state.frozen ?? Date.now() + state.skew);

/** The language to write dates in. */
export function language() {
  const tag = (state.me?.locale ?? "en-US").replace("_", "-");
  return tag.startsWith("fr") || tag.startsWith("en") ? tag : "en-GB";
}

const zone = () => state.me?.tz ?? "UTC";

/** Format *date* with Intl options, in the person's zone and language. */
export function format(date, options, timeZone = zone()) {
  const key = `${language()} ${timeZone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language(), { timeZone, ...options }));
  return formats.get(key).format(date);
}

export const timeOf = (date) => format(date, { hour: "numeric", minute: "2-digit" });

/** "2026-11-23": the day *date* falls on for the person. */
export function dayOf(date) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone(), year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(date);
}

/** "09:05": the wall time of *date* for the person. */
export function wallTimeOf(date) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone(), hour: "2-digit", minute: "2-digit" }).format(date);
}

/** The instant at which the person's clock shows *day* ("2026-11-23") and *time* ("09:05"). */
export function instantOf(day, time) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let guess = wanted;
  // Twice, because the offset at the first guess may be the one before a change of clocks.
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${dayOf(new Date(guess))}T${wallTimeOf(new Date(guess))}:00Z`);
    guess += wanted - shown;
  }
  return new Date(guess);
}

/** A "2026-11-23" day as words; noon UTC keeps it the same day whatever the zone of the reader. */
export function dayWords(day, options) { return format(new Date(`${day}T12:00:00Z`), options, "UTC"); }

/** "2026-11-23" moved by some days. */
export function addDays(day, days) {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** How far *date*'s day is from today, in days. */
function daysFromToday(date) {
  return Math.round((Date.parse(dayOf(date)) - Date.parse(dayOf(now()))) / 86_400_000);
}

/** "yesterday", "today", "tomorrow", or null for any other day. */
function relativeDay(date) {
  const days = daysFromToday(date);
  if (Math.abs(days) > 1) return null;
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(days, "day");
}

/** "3 hours ago". */
function ago(date) {
  const seconds = (date - now()) / 1000;
  const steps = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
  const [unit, length] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(Math.round(seconds / length), unit);
}

const capital = (text) => text.charAt(0).toLocaleUpperCase(language()) + text.slice(1);

/** The heading over a day of messages. */
export function dayHeading(date) {
  const relative = relativeDay(date);
  if (relative) return capital(relative);
  const far = Math.abs(date - now()) > 300 * 86_400_000;
  return capital(format(date, { weekday: "long", day: "numeric", month: "long", ...(far && { year: "numeric" }) }));
}

const DATE_TOKENS = {
  date_num: (date) => dayOf(date),
  date_slash: (date) => format(date, { day: "2-digit", month: "2-digit", year: "numeric" }),
  date: (date) => format(date, { day: "numeric", month: "long", year: "numeric" }),
  date_short: (date) => format(date, { day: "numeric", month: "short", year: "numeric" }),
  date_long: (date) => format(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  date_long_full: (date) => format(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" }),
  day_divider_pretty: (date) => relativeDay(date) ?? format(date, { weekday: "long", day: "numeric", month: "long" }),
  time: (date) => timeOf(date),
  time_secs: (date) => format(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date) => ago(date),
};

/** What `<!date^seconds^tokens|fallback>` shows: "{date_pretty} at {time}" and the like. */
export function dateTokens(seconds, text) {
  const date = new Date(seconds * 1000);
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (DATE_TOKENS[name]) return DATE_TOKENS[name](date);
    const plain = name.replace(/_pretty$/, "");
    return DATE_TOKENS[plain] ? relativeDay(date) ?? DATE_TOKENS[plain](date) : whole;
  });
}
