// What happened to the user's money, as the subscriber "notifications" tells it. Where none answers, nothing is shown.
import { html, useEffect, useRef, useState } from "./html.js";
import { dateAndTime, t } from "./i18n.js";
import { get } from "./api.js";
import { yuan } from "./money.js";
import { useRounds } from "./live.js";
import { nameOf } from "./names.js";
import { store } from "./state.js";
import { at } from "./base.js";

const shown = 5;
const seconds = 2;

/** Whether subscribers answer at this address. */
export const followers = store({ answer: false });

export function Inbox({ userId }) {
  const [notices, setNotices] = useState([]);
  const { answer } = followers.use();
  const round = useRounds(seconds);
  const asked = useRef(null);
  useEffect(() => {
    // Subscribers that are slow are not asked again before they have answered: a browser has few connections.
    if (!answer || asked.current === userId) return;
    asked.current = userId;
    get(`/api/v1/inbox/${encodeURIComponent(userId)}?limit=${shown}`)
      .then((page) => asked.current === userId && setNotices(page.notices), () => {})
      .finally(() => { if (asked.current === userId) asked.current = null; });
  }, [userId, round, answer]);
  if (notices.length === 0) return null;
  return html`
    <h3>${t("inbox.title")}</h3>
    <ul class="inbox" data-test="inbox">${notices.map((notice) => html`
      <li key=${notice.id} data-kind=${notice.kind}>
        <a href=${at(`/p/${notice.packetId}`)}>${textOf(notice)}</a>${" "}
        <time class="help" datetime=${notice.at}>${dateAndTime(notice.at)}</time>
      </li>`)}</ul>`;
}

function textOf({ kind, senderId, amountFen }) {
  const values = { amount: yuan(amountFen), user: senderId === null ? t("inbox.somebody") : nameOf(senderId) };
  return t(`inbox.${kind}`, values);
}
