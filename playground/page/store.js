/** What the page knows, and who wants to hear when it changes. */

const listeners = new Map();

export const state = {
  workspace: { name: "", url: "" },
  app: { id: "", name: "", bot_user_id: "", icon: null, connected: false },
  me: null,
  users: new Map(),
  channels: new Map(),
  commands: [],
  shortcuts: [],
  guide: [],
  channel: null,
  /** Milliseconds between this computer's clock and the workspace's. */
  skew: 0,
  frozen: null,
  /** How often time began to move or came to rest: odd while it moves. Answers and events overtake each other. */
  turn: 0,
};

/** Whether time is being moved. */
export const moving = () => state.turn % 2 === 1;

/** Run *handler* whenever *topic* is told. */
export function on(topic, handler) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(handler);
}

/** Tell everyone who listens to *topic*. */
export function tell(topic, detail = null) {
  for (const handler of listeners.get(topic) ?? []) handler(detail);
}

/** The channel on show, or null. */
export const currentChannel = () => state.channels.get(state.channel) ?? null;

/** A person or app by id; unknown ids get a stand-in, so that a message can always be shown. */
export function userOf(id) {
  return state.users.get(id) ?? { id, name: id, real_name: id, initials: "?", avatar_color: "#6b7280", is_bot: false };
}
