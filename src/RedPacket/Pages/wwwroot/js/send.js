// Sends a packet. Each content of the form has one Idempotency-Key, so that pressing the button twice sends one packet.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { fenOf, yuan } from "./money.js";
import { useAction } from "./state.js";
import { session } from "./session.js";
import { go } from "./router.js";
import { Identity } from "./identity.js";
import { ProblemNote } from "./shared.js";

const greetings = ["恭喜发财", "大吉大利", "Happy New Year"];
const times = [[60, "send.minute"], [3600, "send.hour"], [86400, "send.day"], [604800, "send.week"]];

/** 128 random bits. A page that came over plain HTTP from another machine has no crypto.randomUUID. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newForm() {
  return { kind: "lucky", amount: "100.00", count: "100", greeting: greetings[0], expiresInSeconds: 86400, key: newKey() };
}

export function SendPage() {
  const caller = session.use();
  if (caller.userId) return html`<${SendForm} caller=${caller} />`;
  return html`<section class="card narrow"><h1>${t("title.send")}</h1><p>${t("who.first")}</p><${Identity} caller=${caller} /></section>`;
}

function SendForm({ caller }) {
  const [form, setForm] = useState(newForm);
  const change = (part) => setForm((before) => ({ ...before, ...part, key: newKey() }));
  const amountFen = fenOf(form.amount);
  const shares = /^\d{1,6}$/.test(form.count) ? BigInt(form.count) : 0n;
  const [busy, problem, send] = useAction(async () => {
    const { kind, greeting, expiresInSeconds, key } = form;
    const body = { kind, amountFen, count: Number(shares), greeting, expiresInSeconds };
    const packet = await post("/api/v1/packets", body, { "Idempotency-Key": key });
    go(`/p/${packet.packetId}`);
  }, [form.key]);
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  return html`
    <div class="sending">
      <form class="card" onSubmit=${submit}>
        <h1>${t("send.title")}</h1>
        <${Kinds} chosen=${form.kind} choose=${(kind) => change({ kind })} />
        <div class="pair">
          <label>${t("send.amount")}
            <input name="amount" inputmode="decimal" autocomplete="off" value=${form.amount} required aria-describedby="amount-help"
              aria-invalid=${amountFen === null || null} onInput=${(event) => change({ amount: event.target.value })} />
          </label>
          <label>${t("send.count")}
            <input name="count" inputmode="numeric" autocomplete="off" value=${form.count} required
              aria-invalid=${shares === 0n || null} onInput=${(event) => change({ count: event.target.value })} />
          </label>
        </div>
        <p id="amount-help" class="help">${amountHelp(form.kind, amountFen, shares)}</p>
        <${Greeting} value=${form.greeting} change=${(greeting) => change({ greeting })} />
        <label>${t("send.expires")}
          <select name="expiresInSeconds" value=${form.expiresInSeconds}
            onChange=${(event) => change({ expiresInSeconds: Number(event.target.value) })}>
            ${times.map(([seconds, key]) => html`<option value=${seconds}>${t(key)}</option>`)}
          </select>
        </label>
        <${ProblemNote} problem=${problem} />
        <button type="submit" class="wide" data-test="send" aria-busy=${busy} disabled=${amountFen === null || shares === 0n}>
          ${t("send.send", { amount: yuan(amountFen) })}
        </button>
      </form>
      <aside class="envelope small" aria-hidden="true">
        <div class="front">
          <p class="from">${t("packet.from", { user: caller.userId })}</p>
          <p class="greeting">${form.greeting}</p>
          <span class="seal-coin">開</span>
        </div>
      </aside>
    </div>`;
}

function amountHelp(kind, amountFen, shares) {
  if (amountFen === null) return t("send.noAmount");
  if (kind === "equal" && shares > 0n && amountFen % shares !== 0n) return t("send.uneven");
  return t("send.each", { amount: yuan(shares > 0n ? amountFen / shares : null) });
}

function Kinds({ chosen, choose }) {
  return html`
    <fieldset class="segments">
      <legend>${t("send.kind")} <code>kind</code></legend>
      ${["lucky", "equal"].map((kind) => html`
        <label class="segment">
          <input type="radio" name="kind" value=${kind} checked=${chosen === kind} onChange=${() => choose(kind)} />
          <span><strong>${t(`kind.${kind}`)}</strong> <code>${kind}</code><small>${t(`kind.${kind}.what`)}</small></span>
        </label>`)}
    </fieldset>`;
}

function Greeting({ value, change }) {
  return html`
    <label>${t("send.greeting")}
      <input name="greeting" value=${value} maxlength="200" autocomplete="off" onInput=${(event) => change(event.target.value)} />
    </label>
    <div class="names" role="group" aria-label=${t("send.greetings")}>
      ${greetings.map((greeting, n) => html`
        <button type="button" class="chip" data-test=${`greeting-${n}`} aria-pressed=${value === greeting}
          onClick=${() => change(greeting)}>${greeting}</button>`)}
    </div>`;
}
