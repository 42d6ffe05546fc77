// The guided tour: a table of steps, and a bar at the bottom of every page. A step presses the page's own button, so its calls are real.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { store, useAction } from "./state.js";
import { chooseUser, session } from "./session.js";
import { go, route } from "./router.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";

const storageKey = "redpacket-tour";
const test = (name) => `[data-test="${name}"]`;

const stopped = '[data-part="ledger"][data-state="stand"]';
const consistent = '.verdict-line [data-verdict="CONSISTENT"]';

/** at: the page, the packet's by default; press: the page's button; look: what to look at; done: what is there at its end. */
const steps = [
  { key: "send", at: "/send", press: test("send"), look: ".sending", done: test("envelope") },
  { key: "grab", press: test("open"), look: test("envelope"), done: test("my-share") },
  { key: "settled", look: test("envelope"), done: `${test("my-state")} [data-settled="true"]` },
  { key: "crowd", at: "/ops", press: test("crowd-start"), look: test("way"), done: `${test("crowd-figures")}[data-running="true"]` },
  { key: "stop", at: "/ops", press: test("break-ledger-down"), look: test("way"), done: stopped },
  { key: "return", at: "/ops", press: test("end-ledger-down"), look: ".plots", done: '[data-recovered="ledger-down"]' },
  { key: "home", at: "/ops", press: test("crowd-stop"), look: ".verdict-line", done: consistent },
  { key: "report", at: "/ops/consistency", press: test("compute"), look: ".verdict-line", done: consistent },
];

/** step: null outside of the tour; packet: the page of the tour's packet. The session keeps both. */
const tour = store({ step: null, packet: null, ...remembered() });

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey));
  } catch {
    return null;
  }
}

function set(next) {
  tour.set(next);
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(tour.get()));
  } catch {
    // Without storage the tour lasts as long as the document.
  }
}

function show(step) {
  set({ step });
  const address = steps[step].at ?? tour.get().packet ?? "/send";
  if (address !== route.get().path) go(address);
}

export function StartTour() {
  const [busy, problem, start] = useAction(async () => {
    await chooseUser(session.get().userId ?? "olivia", true);
    show(0);
  });
  return html`
    <p><button type="button" class="gold" data-test="tour-start" aria-busy=${busy} onClick=${start}>${t("tour.start")}</button>
      <span class="help"> ${t("tour.what")}</span></p>
    <${ProblemNote} problem=${problem} />`;
}

export function Tour() {
  const { step } = tour.use();
  const { path } = route.use();
  useEffect(() => {
    if (step !== null && path.startsWith("/p/")) set({ packet: path });
  }, [step, path]);
  return step === null ? null : html`<${Bar} key=${step} step=${step} path=${path} />`;
}

function Bar({ step, path }) {
  const { key, press, look, done } = steps[step];
  const [seen, setSeen] = useState({ done: false, ready: false });
  useEffect(() => watch(look, () => {
    const has = (selector) => Boolean(selector && document.querySelector(selector));
    const now = { done: has(done), ready: has(press) };
    setSeen((before) => (before.done === now.done && before.ready === now.ready ? before : now));
  }), [path]);
  const isLast = step === steps.length - 1;
  const leave = () => set({ step: null });
  return html`
    <aside class="tour" aria-label=${t("tour.start")} data-test="tour" data-step=${key} data-done=${seen.done}>
      <p aria-live="polite"><b>${step + 1} / ${steps.length}</b> ${t(`tour.${key}`)}</p>
      <div class="row">
        ${press && html`
          <button type="button" class="gold" data-test="tour-do" disabled=${!seen.ready}
            onClick=${() => document.querySelector(press)?.click()}>${t(`tour.${key}.go`)}</button>`}
        ${seen.done && html`<span class="pill good"><${Icon} name="check" /> ${t("tour.done")}</span>`}
        <button type="button" class="quiet" data-test="tour-back" disabled=${step === 0} onClick=${() => show(step - 1)}>
          ${t("tour.back")}
        </button>
        ${!isLast && html`
          <button type="button" class=${seen.done ? "" : "secondary"} data-test="tour-next" onClick=${() => show(step + 1)}>
            ${t("tour.next")}
          </button>`}
        <button type="button" class=${isLast && seen.done ? "" : "quiet"} data-test="tour-leave" onClick=${leave}>
          ${t("tour.leave")}
        </button>
      </div>
    </aside>`;
}

/** Marks what to look at, scrolls to it once, and calls back at each change of the page. Returns the function that ends this. */
function watch(look, changed) {
  let spot = null;
  const check = () => {
    const found = document.querySelector(look);
    if (found && found !== spot) {
      spot?.removeAttribute("data-spot");
      spot = found;
      spot.setAttribute("data-spot", "");
      spot.scrollIntoView();
    }
    changed();
  };
  const observer = new MutationObserver(check);
  observer.observe(document.getElementById("main"), { subtree: true, childList: true, attributes: true });
  check();
  return () => {
    observer.disconnect();
    spot?.removeAttribute("data-spot");
  };
}
