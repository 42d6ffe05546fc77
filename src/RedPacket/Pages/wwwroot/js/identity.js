// The choice of an identity: a name in the demo, a bearer token in the service.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { acceptToken, chooseUser, forgetUser } from "./session.js";
import { idOf, longestName, nameOf } from "./names.js";
import { useAction } from "./state.js";
import { ProblemNote } from "./shared.js";

const names = ["alice", "bob", "carol", "dave"];

export function Identity({ caller, done }) {
  return caller.demo ? html`<${Name} caller=${caller} done=${done} />` : html`<${Token} caller=${caller} done=${done} />`;
}

function Name({ caller, done }) {
  const [name, setName] = useState(caller.userId ? nameOf(caller.userId) : "");
  const userId = idOf(name);
  const [asOperator, setOperator] = useState(caller.operator);
  const [busy, problem, choose] = useAction(async (user) => {
    await chooseUser(user, asOperator);
    done?.();
  });
  const [leaving, , forget] = useAction(forgetUser);
  const submit = (event) => {
    event.preventDefault();
    if (userId) choose(userId);
  };
  return html`
    <form onSubmit=${submit} class="identity">
      <p>${t("who.demo")}</p>
      <div class="names" role="group" aria-label=${t("who.names")}>
        ${names.map((known) => html`
          <button type="button" class="chip" data-test=${`name-${known}`} aria-pressed=${caller.userId === known}
            onClick=${() => choose(known)}>${known}</button>`)}
      </div>
      <label class="field">${t("who.name")}
        <input name="userId" value=${name} onInput=${(event) => setName(event.target.value)} autocomplete="off"
          autocapitalize="none" maxlength="255" required aria-describedby="who-id" aria-invalid=${name && !userId ? "true" : null} />
      </label>
      <p id="who-id" class=${`help ${name && !userId ? "wrong" : ""}`} data-test="who-id">${idHelp(name, userId)}</p>
      <label class="choice">
        <input type="checkbox" name="operator" checked=${asOperator} onChange=${(event) => setOperator(event.target.checked)} />
        <span>${t("who.operator")}</span>
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

function idHelp(name, userId) {
  if (name && !userId) return t("who.wrong", { n: longestName });
  return userId && userId !== name.trim() ? t("who.id", { id: userId }) : t("who.any");
}

function Token({ caller, done }) {
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  const change = (event) => {
    setText(event.target.value);
    setWrong(false);
  };
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
        <input name="token" value=${text} onInput=${change} required autocomplete="off" spellcheck="false"
          aria-describedby="token-problem" aria-invalid=${wrong ? "true" : null} />
      </label>
      ${wrong && html`<p id="token-problem" class="problem" role="alert">${t("who.noToken.wrong")}</p>`}
      <div class="row">
        <button type="submit" data-test="token-use">${t("who.use")}</button>
        ${caller.userId && html`
          <button type="button" class="secondary" data-test="token-forget" onClick=${forgetUser}>${t("who.forget")}</button>`}
      </div>
    </form>`;
}
