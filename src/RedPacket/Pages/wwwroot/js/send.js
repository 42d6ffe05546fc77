// Sends a packet. Each content of the form has one Idempotency-Key, so that pressing the button twice sends one packet.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { get, post } from "./api.js";
import { yuan } from "./money.js";
import { useAction } from "./state.js";
import { session } from "./session.js";
import { go } from "./router.js";
import { check } from "./send-check.js";
import { remember } from "./remembered.js";
import { Identity } from "./identity.js";
import { Head } from "./envelope.js";
import { ProblemNote } from "./shared.js";

const greetings = ["恭喜发财", "大吉大利", "Happy New Year"];
const times = [[60, "send.minute"], [3600, "send.hour"], [86400, "send.day"], [604800, "send.week"]];

/** Until the service has told its limits, it alone checks them. */
const unknownLimits = {
  maxAmountFen: BigInt(Number.MAX_SAFE_INTEGER), maxCount: Number.MAX_SAFE_INTEGER, maxGreeting: Infinity,
  minExpirySeconds: 0, maxExpirySeconds: Infinity,
};

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

function useLimits() {
  const [limits, setLimits] = useState(unknownLimits);
  useEffect(() => {
    get("/api/v1/info").then((info) => setLimits({ ...unknownLimits, ...info.limits }), () => {});
  }, []);
  return limits;
}

function SendForm({ caller }) {
  const limits = useLimits();
  const [form, setForm] = useState(newForm);
  const [refusedKey, setRefusedKey] = useState(null);
  const change = (part) => setForm((before) => ({ ...before, ...part, key: newKey() }));
  const { amountFen, shares, wrong, nearest } = check(form, limits);
  const lives = times.filter(([seconds]) => seconds >= limits.minExpirySeconds && seconds <= limits.maxExpirySeconds);
  const expiresInSeconds = (lives.find(([seconds]) => seconds === form.expiresInSeconds) ?? lives.at(-1) ?? times[0])[0];
  const [busy, problem, send] = useAction(async () => {
    const { kind, greeting, key } = form;
    setRefusedKey(key);
    const body = { kind, amountFen, count: Number(shares), greeting, expiresInSeconds };
    const packet = await post("/api/v1/packets", body, { "Idempotency-Key": key });
    remember(caller.userId, packet.packetId);
    go(`/p/${packet.packetId}`);
  }, [form.key]);
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  const blocked = ["amount", "count", "greeting"].find((field) => wrong[field]);
  return html`
    <div class="sending">
      <form class="card" onSubmit=${submit}>
        <h1>${t("send.title")}</h1>
        <${Kinds} chosen=${form.kind} choose=${(kind) => change({ kind })} />
        <div class="pair">
          <label>${t("send.amount")}
            <input name="amount" inputmode="decimal" autocomplete="off" value=${form.amount} ...${validity("amount", wrong)}
              onInput=${(event) => change({ amount: event.target.value })} />
          </label>
          <label>${t("send.count")}
            <input name="count" inputmode="numeric" autocomplete="off" value=${form.count} ...${validity("count", wrong)}
              onInput=${(event) => change({ count: event.target.value })} />
          </label>
        </div>
        <${Help} field="amount" wrong=${wrong} text=${each(amountFen, shares)} />
        <${Nearest} totals=${nearest} choose=${(amount) => change({ amount })} />
        <${Help} field="count" wrong=${wrong} />
        <${Greeting} value=${form.greeting} wrong=${wrong} change=${(greeting) => change({ greeting })} />
        <label>${t("send.expires")}
          <select name="expiresInSeconds" value=${expiresInSeconds}
            onChange=${(event) => change({ expiresInSeconds: Number(event.target.value) })}>
            ${lives.map(([seconds, key]) => html`<option value=${seconds}>${t(key)}</option>`)}
          </select>
        </label>
        <${ProblemNote} problem=${refusedKey === form.key && problem} />
        <button type="submit" class="wide" data-test="send" aria-busy=${busy} disabled=${Boolean(blocked)}>
          ${blocked ? t(`send.blocked.${blocked}`) : t("send.send", { amount: yuan(amountFen) })}
        </button>
      </form>
      <aside class="envelope small" aria-hidden="true">
        <div class="front">
          <${Head} senderId=${caller.userId} greeting=${form.greeting} />
          <span class="seal-coin">開</span>
        </div>
      </aside>
    </div>`;
}

function each(amountFen, shares) {
  return amountFen === null || shares === 0n ? "" : t("send.each", { amount: yuan(amountFen / shares) });
}

/** Ties a field to the text below it. */
function validity(field, wrong) {
  return { required: true, "aria-describedby": `${field}-help`, "aria-invalid": wrong[field] ? "true" : null };
}

/** What is wrong with a field, or else a hint. */
function Help({ field, wrong, text }) {
  return html`
    <p id=${`${field}-help`} class=${`help ${wrong[field] ? "wrong" : ""}`} data-test=${`${field}-help`} aria-live="polite">
      ${wrong[field] ?? text}
    </p>`;
}

/** The nearest totals that divide, each as a button. */
function Nearest({ totals, choose }) {
  if (totals.length === 0) return null;
  return html`
    <div class="names" role="group" aria-label=${t("send.nearest")}>
      ${totals.map((fen, n) => html`
        <button type="button" class="chip" data-test=${`nearest-${n}`} onClick=${() => choose(yuan(fen).replace(/[¥,]/g, ""))}>
          ${yuan(fen)}
        </button>`)}
    </div>`;
}

function Kinds({ chosen, choose }) {
  return html`
    <fieldset class="segments">
      <legend>${t("send.kind")}</legend>
      <div>
        ${["lucky", "equal"].map((kind) => html`
          <label class="segment" title=${kind}>
            <input type="radio" name="kind" value=${kind} checked=${chosen === kind} onChange=${() => choose(kind)} />
            <span><strong>${t(`kind.${kind}`)}</strong><small>${t(`kind.${kind}.what`)}</small></span>
          </label>`)}
      </div>
    </fieldset>`;
}

function Greeting({ value, wrong, change }) {
  return html`
    <label class="field">${t("send.greeting")}
      <input name="greeting" value=${value} autocomplete="off" ...${validity("greeting", wrong)} required=${false}
        onInput=${(event) => change(event.target.value)} />
    </label>
    <${Help} field="greeting" wrong=${wrong} />
    <div class="names" role="group" aria-label=${t("send.greetings")}>
      ${greetings.map((greeting, n) => html`
        <button type="button" class="chip" data-test=${`greeting-${n}`} aria-pressed=${value === greeting}
          onClick=${() => change(greeting)}>${greeting}</button>`)}
    </div>`;
}
