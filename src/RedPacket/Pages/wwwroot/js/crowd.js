// A crowd at a chosen rate.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { get, post, remove } from "./api.js";
import { count } from "./money.js";
import { useAction } from "./state.js";
import { live } from "./live.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";

const fields = [["perSecond", 1, 5000], ["seconds", 1, 3600], ["packets", 1, 1000]];

export function Crowd() {
  const [form, setForm] = useState({ perSecond: "300", seconds: "120", packets: "120" });
  const [crowd, setCrowd] = useState(null);
  const { now } = live.use();
  // A process that died forgot its crowd, and this page remembers that there was one.
  const keep = (answer) => setCrowd((before) => ({ ...answer, lost: !answer.startedAt && Boolean(before?.startedAt || before?.lost) }));
  // While the service does not answer, the last figures stay.
  const read = () => get("/demo/crowds").then(keep, () => {});
  // A running crowd is read again with each live sample.
  useEffect(() => { read(); }, [crowd?.running ? now : 0]);
  const [stages, setStages] = useState("");
  const [busy, problem, start] = useAction(async () => {
    const { perSecond, seconds, packets } = Object.fromEntries(Object.entries(form).map(([name, text]) => [name, Number(text)]));
    keep(await post("/demo/crowds", stages.trim() ? { packets, stages: stages.trim() } : { perSecond, seconds, packets }));
  }, [form, stages]);
  const [stopping, stopProblem, stop] = useAction(async () => {
    await remove("/demo/crowds");
    await read();
  });
  const submit = (event) => {
    event.preventDefault();
    start();
  };
  return html`
    <section class="card crowd" id="crowd" aria-labelledby="crowd-title">
      <h2 id="crowd-title"><${Icon} name="crowd" /> ${t("crowd.title")}</h2>
      <p class="help">${t("crowd.what")}</p>
      <form onSubmit=${submit}>
        ${fields.map(([name, min, max]) => html`
          <label>${t(`crowd.${name}`)}
            <input type="number" name=${`crowd-${name}`} min=${min} max=${max} value=${form[name]} required
              disabled=${name !== "packets" && stages.trim() !== ""}
              onInput=${(event) => setForm({ ...form, [name]: event.target.value })} />
          </label>`)}
        <label class="stages">${t("crowd.stages")}
          <input name="crowd-stages" value=${stages} placeholder="0:100,10s:1500,20s:100" spellcheck="false"
            onInput=${(event) => setStages(event.target.value)} />
        </label>
        ${crowd?.running ? html`
          <button type="button" class="secondary" data-test="crowd-stop" aria-busy=${stopping} onClick=${stop}>
            ${t("crowd.stop")}
          </button>` : html`
          <button type="submit" class="gold" data-test="crowd-start" aria-busy=${busy}>${t("crowd.start")}</button>`}
      </form>
      <p role="status" data-test="crowd-figures" data-running=${crowd?.running ?? false}>${figures(crowd)}</p>
      <${ProblemNote} problem=${problem ?? stopProblem} />
    </section>`;
}

function figures(crowd) {
  if (crowd?.lost) return t("crowd.lost");
  if (!(crowd?.asked > 0)) return t("crowd.none");
  const { asked, won, tooLate, failed } = crowd;
  return t("crowd.running", { asked: count(asked), won: count(won), late: count(tooLate), failed: count(failed) });
}
