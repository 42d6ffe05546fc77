// A table whose rows can be sorted. On a phone each row is a card, so nothing is off to the right.
import { html, useState } from "./html.js";
import { Icon } from "./icons.js";
import { t } from "./i18n.js";
import { count } from "./money.js";

/**
 * columns: [{ name, title, cell, order, number, wide }]. cell(row) is what the column shows. order(row), a number or a text, makes the
 * column sortable. On a phone a wide cell has a line to itself. attributes(row) are those of the row's element.
 */
export function Table({ name, label, columns, rows, attributes = () => ({}) }) {
  const [sorted, setSorted] = useState({ by: null, down: false });
  const press = (by) => setSorted(sorted.by !== by ? { by, down: false } : sorted.down ? { by: null, down: false } : { by, down: true });
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${label}><table class="cards" data-test=${name}>
      <thead><tr>${columns.map((column) => html`
        <${Heading} key=${column.name} table=${name} column=${column} sorted=${sorted} press=${press} />`)}</tr></thead>
      <tbody>${inOrder(rows, columns, sorted).map((row) => html`
        <tr ...${attributes(row)}>${columns.map(({ name, title, cell, number, wide }) => html`
          <td key=${name} class=${number ? "n" : wide ? "wide" : ""} data-label=${title}><div>${cell(row)}</div></td>`)}</tr>`)}</tbody>
    </table></div>`;
}

function Heading({ table, column, sorted, press }) {
  const { name, title, order, number } = column;
  const direction = sorted.by !== name ? "none" : sorted.down ? "descending" : "ascending";
  if (!order) return html`<th scope="col" class=${number ? "n" : ""}>${title}</th>`;
  return html`
    <th scope="col" class=${number ? "n sortable" : "sortable"} aria-sort=${direction}>
      <button type="button" data-test=${`sort-${table}-${name}`} title=${t("table.sort", { column: title })} onClick=${() => press(name)}>
        ${title} <${Icon} name=${direction === "none" ? "sort" : direction === "ascending" ? "up" : "down"} />
      </button>
    </th>`;
}

// What is not known comes last, whatever the direction.
function inOrder(rows, columns, { by, down }) {
  const order = columns.find((column) => column.name === by)?.order;
  if (!order) return rows;
  const isUnknown = (value) => value === null || value === undefined;
  return [...rows].sort((a, b) => {
    const [one, other] = [order(a), order(b)];
    if (isUnknown(one) || isUnknown(other)) return isUnknown(one) - isUnknown(other);
    return (one < other ? -1 : one > other ? 1 : 0) * (down ? -1 : 1);
  });
}

/** A choice of rows: options are [[value, text]]. */
export function Choice({ name, label, options, value, choose }) {
  return html`
    <label class="choice">${label}
      <select name=${name} value=${value} onChange=${(event) => choose(event.target.value)}>
        ${options.map(([option, text]) => html`<option key=${option} value=${option} selected=${option === value}>${text}</option>`)}
      </select>
    </label>`;
}

/** Where a page lies in its list, and the way to the pages beside it. first is unknown after a link that somebody was sent. */
export function Pager({ name, first, shown, total, previous, next }) {
  const values = { first: count(first), last: count(first && first + shown - 1), n: count(total), shown: count(shown) };
  return html`
    <nav class="pager" aria-label=${t("table.pages")}>
      <button type="button" class="secondary small" data-test=${`previous-${name}`} disabled=${!previous} onClick=${previous}>
        ${t(first ? "table.previous" : "table.first")}
      </button>
      <span data-test=${`position-${name}`}>${t(first ? "table.position" : "table.shown", values)}</span>
      <button type="button" class="secondary small" data-test=${`next-${name}`} disabled=${!next} onClick=${next}>
        ${t("table.next")}
      </button>
    </nav>`;
}
