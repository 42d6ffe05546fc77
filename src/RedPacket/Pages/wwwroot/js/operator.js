// Shown to a caller who is not an operator: one button in the demo, the token form in the service.
import { html } from "./html.js";
import { t } from "./i18n.js";
import { chooseUser } from "./session.js";
import { useAction } from "./state.js";
import { Identity } from "./identity.js";
import { ProblemNote } from "./shared.js";

export function BecomeOperator({ caller }) {
  const [busy, problem, become] = useAction(() => chooseUser(caller.userId ?? "olivia", true));
  if (!caller.demo) return html`<p>${t("who.needOperator")} ${t("who.operatorToken")}</p><${Identity} caller=${caller} />`;
  return html`
    <p>${t("who.needOperator")}</p>
    <button type="button" data-test="become-operator" aria-busy=${busy} onClick=${become}>${t("who.becomeOperator")}</button>
    <${ProblemNote} problem=${problem} />`;
}
