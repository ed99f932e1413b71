/** The answers a person has given in one view or message, in human terms, and what Slack's client would refuse. */

import { t } from "./texts.js";

const key = (blockId, actionId) => `${blockId}\u0000${actionId}`;
const values = (options) => (options ?? []).map((option) => option.value);

const INITIAL = {
  plain_text_input: (e) => e.initial_value ?? "",
  email_text_input: (e) => e.initial_value ?? "",
  url_text_input: (e) => e.initial_value ?? "",
  number_input: (e) => e.initial_value ?? "",
  datepicker: (e) => e.initial_date ?? null,
  timepicker: (e) => e.initial_time ?? null,
  datetimepicker: (e) => e.initial_date_time ?? null,
  static_select: (e) => e.initial_option?.value ?? null,
  external_select: (e) => e.initial_option?.value ?? null,
  radio_buttons: (e) => e.initial_option?.value ?? null,
  checkboxes: (e) => values(e.initial_options),
  multi_static_select: (e) => values(e.initial_options),
  multi_external_select: (e) => values(e.initial_options),
  users_select: (e) => e.initial_user ?? null,
  multi_users_select: (e) => e.initial_users ?? [],
  conversations_select: (e) => e.initial_conversation ?? null,
  multi_conversations_select: (e) => e.initial_conversations ?? [],
  channels_select: (e) => e.initial_channel ?? null,
  multi_channels_select: (e) => e.initial_channels ?? [],
  file_input: () => [],
};

const GIVEN = {
  selected_option: (state) => state.selected_option?.value ?? null,
  selected_options: (state) => values(state.selected_options),
  files: (state) => (state.files ?? []).map((file) => file.id ?? file),
};

/** One of Slack's `view.state.values` entries in human terms; undefined where it says nothing. */
function given(state) {
  if (!state) return undefined;
  const name = Object.keys(state).find((field) => field !== "type");
  return name === undefined ? undefined : (GIVEN[name] ?? ((entry) => entry[name]))(state);
}

/** The interactive elements of a block, wherever it keeps them. */
function elementsOf(block) {
  return [block.element, block.accessory, ...(block.elements ?? [])].filter((element) => element?.action_id);
}

const isEmpty = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

const CHECKS = {
  plain_text_input(element, value) {
    if (element.min_length && value.length < element.min_length)
      return t("error_min_length", { min: element.min_length });
    if (element.max_length && value.length > element.max_length)
      return t("error_max_length", { max: element.max_length });
    return null;
  },
  email_text_input: (element, value) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : t("error_email")),
  url_text_input: (element, value) => (/^https?:\/\/\S+$/i.test(value) ? null : t("error_url")),
  number_input(element, value) {
    const number = Number(value);
    if (Number.isNaN(number)) return t("error_number");
    if (!element.is_decimal_allowed && !Number.isInteger(number)) return t("error_whole");
    if (element.min_value !== undefined && number < Number(element.min_value))
      return t("error_min", { min: element.min_value });
    if (element.max_value !== undefined && number > Number(element.max_value))
      return t("error_max", { max: element.max_value });
    return null;
  },
};

/** Answers by block and action. They outlive a redraw: what has the same ids keeps what the person typed. */
export class Form {
  #answers = new Map();
  /** Options an app suggested, by value: an external select is sent with the whole of what was chosen. */
  #suggested = new Map();
  /** What the person has answered since the form was opened. */
  #touched = new Set();

  /** Take in *blocks*: new elements start from their initial value, or from Slack's `state.values`. */
  seed(blocks, state = {}) {
    for (const block of blocks ?? []) {
      for (const element of elementsOf(block)) {
        const start = INITIAL[element.type];
        if (!start) continue;
        const id = key(block.block_id, element.action_id);
        if (this.#touched.has(id)) continue;
        const kept = state?.[block.block_id]?.[element.action_id];
        const options = [element.initial_option, element.initial_options, kept?.selected_option, kept?.selected_options];
        for (const option of options.flat()) if (option) this.suggest(option);
        const answer = given(kept);
        this.#answers.set(id, answer === undefined ? start(element) : answer);
      }
    }
  }

  /** Remember an option the app suggested. */
  suggest(option) { this.#suggested.set(option.value, option); }

  /** The option with this value, if the app suggested it. */
  suggested(value) { return this.#suggested.get(value); }

  /** *value* of *element* as it is sent: the options themselves where the app suggested them. */
  outgoing(element, value) {
    if (value === "") return null;
    if (!element.type.includes("external_select")) return value;
    const whole = (one) => this.#suggested.get(one) ?? one;
    return Array.isArray(value) ? value.map(whole) : whole(value);
  }

  get(block, element) { return this.#answers.get(key(block.block_id, element.action_id)) ?? null; }

  set(block, element, value) {
    const id = key(block.block_id, element.action_id);
    this.#touched.add(id);
    this.#answers.set(id, value);
  }

  /** `{block_id: {action_id: value}}` of what stands in *blocks* now; empty answers are null. */
  state(blocks) {
    const state = {};
    for (const block of blocks ?? []) {
      for (const element of elementsOf(block)) {
        if (!INITIAL[element.type]) continue;
        (state[block.block_id] ??= {})[element.action_id] = this.outgoing(element, this.get(block, element));
      }
    }
    return state;
  }

  /** `{block_id: sentence}` for the inputs Slack's own client would not submit. */
  problems(blocks) {
    const problems = {};
    for (const block of blocks ?? []) {
      if (block.type !== "input") continue;
      const value = this.get(block, block.element);
      if (isEmpty(value)) {
        if (!block.optional) problems[block.block_id] = t("error_required");
        continue;
      }
      const problem = CHECKS[block.element.type]?.(block.element, value);
      if (problem) problems[block.block_id] = problem;
    }
    return problems;
  }
}
