// The choice of an identity: a name in the demo, a bearer token in the service.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { acceptToken, chooseUser, forgetUser } from "./session.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";

const names = ["alice", "bob", "carol", "dave"];
const alphabet = "[A-Za-z0-9._~@\\|:+\\-]+";

export function Identity({ caller, done }) {
  return caller.demo ? html`<${Name} caller=${caller} done=${done} />` : html`<${Token} caller=${caller} done=${done} />`;
}

function Name({ caller, done }) {
  const [name, setName] = useState(caller.userId ?? "");
  const [asOperator, setOperator] = useState(caller.operator);
  const [busy, problem, choose] = useAction(async (user) => {
    await chooseUser(user, asOperator);
    done?.();
  });
  const [leaving, , forget] = useAction(forgetUser);
  const submit = (event) => {
    event.preventDefault();
    choose(name.trim());
  };
  return html`
    <form onSubmit=${submit} class="identity">
      <p>${t("who.demo")}</p>
      <div class="names" role="group" aria-label=${t("who.names")}>
        ${names.map((known) => html`
          <button type="button" class="chip" data-test=${`name-${known}`} aria-pressed=${caller.userId === known}
            onClick=${() => choose(known)}>${known}</button>`)}
      </div>
      <label>${t("who.name")}
        <input name="userId" value=${name} onInput=${(event) => setName(event.target.value)} autocomplete="off"
          autocapitalize="none" maxlength="128" required pattern=${alphabet} title=${t("who.alphabet")} />
      </label>
      <label>
        <input type="checkbox" name="operator" checked=${asOperator} onChange=${(event) => setOperator(event.target.checked)} />
        ${t("who.operator")}
      </label>
      <${ProblemNote} problem=${problem} />
      <div class="row">
        <button type="submit" data-test="who-choose" aria-busy=${busy}>${t("who.choose")}</button>
        ${caller.userId && html`
          <button type="button" class="secondary" data-test="who-forget" aria-busy=${leaving} onClick=${forget}>
            ${t("who.forget")}
          </button>`}
      </div>
    </form>`;
}

function Token({ caller, done }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    if (!acceptToken(text)) return setWrong(true);
    setText("");
    setWrong(false);
    done?.();
  };
  return html`
    <form onSubmit=${submit} class="identity">
      <p>${t("who.service")}</p>
      <label>${t("who.token")}
        <textarea name="token" rows="4" value=${text} onInput=${(event) => setText(event.target.value)} required
          autocomplete="off" spellcheck="false" aria-invalid=${wrong || null}></textarea>
      </label>
      ${wrong && html`<p class="problem" role="alert">${t("who.noToken.wrong")}</p>`}
      <div class="row">
        <button type="submit" data-test="token-use">${t("who.use")}</button>
        ${caller.userId && html`
          <button type="button" class="secondary" data-test="token-forget" onClick=${forgetUser}>${t("who.forget")}</button>`}
      </div>
    </form>`;
}
