/** Slack's words for an app that did not answer, as sentences. */

import { state } from "./store.js";
import { t } from "./texts.js";

const SENTENCES = {
  operation_timeout: "failed_timeout",
  dispatch_failed: "failed_not_connected",
  connection_failed: "failed_not_connected",
  http_error: "failed_error",
  dispatch_unknown_error: "failed_error",
  app_error: "failed_error",
};

/** What to tell the person about *error*: a code of Slack's, or a sentence as it is. */
export function explain(error) {
  const key = SENTENCES[error];
  if (key) return t(key, { app: state.app.name });
  return /^[a-z_]+$/.test(error) ? t("failed_code", { app: state.app.name, code: error }) : error;
}
