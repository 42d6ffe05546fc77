// Break it: the faults that the demo can stage, each with its expected effect.
import { html, useEffect, useState } from "./html.js";
import { t } from "./i18n.js";
import { get, post, remove } from "./api.js";
import { connection, useAction } from "./state.js";
import { live } from "./live.js";
import { Icon } from "./icons.js";
import { ProblemNote } from "./shared.js";

export function Faults() {
  const [faults, setFaults] = useState(null);
  const [problem, setProblem] = useState(null);
  const { now } = live.use();
  const read = () => get("/demo/faults").then((answer) => { setFaults(answer.faults); setProblem(null); }, setProblem);
  // The live numbers name each fault that begins or ends. An overdue fault is read with every sample until it has ended.
  const isOverdue = now && faults?.some((fault) => fault.active && Date.parse(fault.endsAt) <= now.time);
  const mark = `${(now?.faults ?? []).map((fault) => `${fault.id} ${fault.startedAt}`).join()} ${isOverdue ? now.time : ""}`;
  useEffect(() => { read(); }, [mark, connection.use().count]);
  const replace = (changed) => setFaults((all) => (all ?? []).map((fault) => (fault.id === changed?.id ? changed : fault)));
  return html`
    <section class="card break" aria-labelledby="break-title">
      <h2 id="break-title"><${Icon} name="bolt" /> ${t("break.title")}</h2>
      <p class="help">${t("break.what")}</p>
      <${ProblemNote} problem=${problem} />
      <div class="faults">
        ${(faults ?? []).map((fault) => html`<${Fault} key=${fault.id} fault=${fault} replace=${replace} now=${now} />`)}
      </div>
    </section>`;
}

function Fault({ fault, replace, now }) {
  const { id, active, seconds, available, why } = fault;
  const [length, setLength] = useState(`${seconds.default}`);
  const [busy, problem, start] = useAction(async () => replace(await post(`/demo/faults/${id}`, { seconds: Number(length) })), [length]);
  const [ending, endProblem, end] = useAction(async () => replace(await remove(`/demo/faults/${id}`)));
  const left = active && fault.endsAt && now ? Math.max(0, Math.ceil((Date.parse(fault.endsAt) - now.time) / 1000)) : null;
  const submit = (event) => {
    event.preventDefault();
    start();
  };
  const name = t(`fault.${id}`);
  const running = () => html`
    <div class="row">
      <span class="pill bad" role="status"><${Icon} name="bolt" /> ${t("break.active", { n: left ?? "–" })}</span>
      <button type="button" class="secondary small" data-test=${`end-${id}`} aria-busy=${ending} onClick=${end}>${t("break.end")}</button>
    </div>`;
  const ready = () => html`
    <div class="row">
      <label class="seconds">${t("break.seconds")}
        <input type="number" name=${`seconds-${id}`} min=${seconds.min} max=${seconds.max} value=${length} required
          onInput=${(event) => setLength(event.target.value)} />
      </label>
      <button type="submit" class="small danger" data-test=${`break-${id}`} aria-busy=${busy} aria-label=${`${t("break.now")}: ${name}`}>
        ${t("break.now")}
      </button>
    </div>`;
  const unavailable = () => html`
    <p class="help"><${Icon} name="cross" /> ${t("break.unavailable", { why: why ?? "" })}</p>`;
  return html`
    <form class=${`fault ${active ? "active" : ""}`} onSubmit=${submit} data-fault=${id} data-active=${active}>
      <h3>${name} <code>${id}</code></h3>
      <p>${t(`fault.${id}.expect`)}</p>
      ${!available ? unavailable() : active ? running() : ready()}
      <${ProblemNote} problem=${problem ?? endProblem} />
    </form>`;
}
