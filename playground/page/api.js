/** The page's calls to its own server, and the stream of what happens there. */

/** A refusal with the server's sentence for the person. */
class Refused extends Error {}

async function read(response) {
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await response.json() : {};
  if (!response.ok) throw new Refused(body.error ?? `${response.status} ${response.statusText}`);
  return body;
}

const query = (parameters) => new URLSearchParams(
                                Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined)
).toString();

/** GET /ui/*path*. */
export async function get(path, parameters = {}) { return read(await fetch(`/ui/${path}?${query(parameters)}`)); }

/** POST *body* as JSON to /ui/*path*. */
export async function post(path, body) {
  const headers = { "content-type": "application/json" };
  return read(await fetch(`/ui/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** Upload *file*; without a channel it is kept for a file input and posted nowhere. */
export async function upload(user, channel, file) {
  const form = new FormData();
  form.append("user", user);
  if (channel) form.append("channel", channel);
  form.append("file", file, file.name);
  return read(await fetch("/ui/upload", { method: "POST", body: form }));
}

/** Where the page can read a file's bytes. */
export const fileUrl = (id) => `/ui/files/${encodeURIComponent(id)}`;

/**
 * Follow what *user* can see. `onEvent` gets each event, `onState` true when connected and false when not.
 * The first event of each connection is `hello`: after it the page asks for the state anew.
 */
export function follow(user, onEvent, onState) {
  const source = new EventSource(`/ui/events?${query({ user })}`);
  let timer = null;
  source.onopen = () => {
    clearTimeout(timer);
    onState(true);
  };
  source.onerror = () => {
    onState(false);
    // A browser gives up when the server answers with anything but a stream; a restart of the server looks like that.
    if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => onEvent({ type: "lost" }), 1500);
  };
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
