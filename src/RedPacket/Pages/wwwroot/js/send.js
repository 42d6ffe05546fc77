// Sending a packet. The Idempotency-Key belongs to what is in the form: pressing twice sends once.
import { html, useState } from "./html.js";
import { t } from "./i18n.js";
import { post } from "./api.js";
import { fenOf, yuan } from "./money.js";
import { useAction } from "./state.js";
import { who } from "./session.js";
import { go } from "./router.js";
import { Identity } from "./identity.js";
import { Trouble } from "./shared.js";

const greetings = ["恭喜发财", "大吉大利", "Happy New Year"];
const times = [[60, "send.minute"], [3600, "send.hour"], [86400, "send.day"], [604800, "send.week"]];

/** 128 random bits; randomUUID is not there on a page that came over plain HTTP from another machine. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function SendPage() {
  const caller = who.use();
  const [form, setForm] = useState({ kind: "lucky", amount: "100.00", count: "100", greeting: greetings[0], expiresInSeconds: 86400, key: newKey() });
  const change = (part) => setForm((before) => ({ ...before, ...part, key: newKey() }));
  const amountFen = fenOf(form.amount);
  const shares = /^\d{1,6}$/.test(form.count) ? BigInt(form.count) : 0n;
  const uneven = form.kind === "equal" && amountFen !== null && shares > 0n && amountFen % shares !== 0n;
  const [busy, problem, send] = useAction(async () => {
    const { kind, greeting, expiresInSeconds, key } = form;
    const packet = await post("/api/v1/packets", { kind, amountFen, count: Number(shares), greeting, expiresInSeconds }, { "Idempotency-Key": key });
    go(`/p/${packet.packetId}`);
  });
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  if (!caller.userId)
    return html`<section class="card narrow"><h1>${t("title.send")}</h1><p>${t("who.first")}</p><${Identity} caller=${caller} /></section>`;
  return html`
    <div class="sending">
      <form class="card" onSubmit=${submit}>
        <h1>${t("send.title")}</h1>
        <fieldset class="segments"><legend>${t("send.kind")} <code>kind</code></legend>
          ${["lucky", "equal"].map((kind) => html`
            <label class="segment"><input type="radio" name="kind" value=${kind} checked=${form.kind === kind} onChange=${() => change({ kind })} /><span><strong>${t(`kind.${kind}`)}</strong> <code>${kind}</code><small>${t(`kind.${kind}.what`)}</small></span></label>`)}
        </fieldset>
        <div class="pair">
          <label>${t("send.amount")}
            <input name="amount" inputmode="decimal" autocomplete="off" value=${form.amount} required aria-invalid=${amountFen === null || null} aria-describedby="amount-help" onInput=${(event) => change({ amount: event.target.value })} />
          </label>
          <label>${t("send.count")}
            <input name="count" inputmode="numeric" autocomplete="off" value=${form.count} required aria-invalid=${shares === 0n || null} onInput=${(event) => change({ count: event.target.value })} />
          </label>
        </div>
        <p id="amount-help" class="help">${amountFen === null ? t("send.noAmount") : uneven ? t("send.uneven") : t("send.each", { amount: yuan(shares > 0n ? amountFen / shares : null) })}</p>
        <label>${t("send.greeting")}
          <input name="greeting" value=${form.greeting} maxlength="200" autocomplete="off" onInput=${(event) => change({ greeting: event.target.value })} />
        </label>
        <div class="names" role="group" aria-label=${t("send.greetings")}>
          ${greetings.map((greeting, n) => html`<button type="button" class="chip" data-test=${`greeting-${n}`} aria-pressed=${form.greeting === greeting} onClick=${() => change({ greeting })}>${greeting}</button>`)}
        </div>
        <label>${t("send.expires")}
          <select name="expiresInSeconds" value=${form.expiresInSeconds} onChange=${(event) => change({ expiresInSeconds: Number(event.target.value) })}>
            ${times.map(([seconds, key]) => html`<option value=${seconds}>${t(key)}</option>`)}
          </select>
        </label>
        <${Trouble} problem=${problem} />
        <button type="submit" class="wide" data-test="send" aria-busy=${busy} disabled=${amountFen === null || shares === 0n}>${t("send.send", { amount: yuan(amountFen) })}</button>
      </form>
      <aside class="envelope small" aria-hidden="true">
        <div class="front"><p class="from">${t("packet.from", { user: caller.userId })}</p><p class="greeting">${form.greeting}</p><span class="seal-coin">開</span></div>
      </aside>
    </div>`;
}
