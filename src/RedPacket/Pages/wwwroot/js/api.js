// Calls of the API. The bearer token, where one is needed, is kept in this module's memory and nowhere else.
import { parse, stringify } from "./money.js";

let token = null;

export function setToken(text) {
  token = text;
}

/** A refusal, with the API's stable code; "unreachable" when there was no answer at all. */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter) {
    super(detail || code);
    Object.assign(this, { status, code, retryAfter });
  }
}

export const get = (path) => call("GET", path);
export const post = (path, body, headers) => call("POST", path, body, headers);
export const remove = (path) => call("DELETE", path, undefined, { "Content-Type": "application/json" });

/** The address of the report, from the query of the page. */
export function apiQuery(query, more = {}) {
  const asked = new URLSearchParams();
  for (const name of ["packetId", "ordinal", "after"]) if (query.get(name)) asked.set(name, query.get(name));
  for (const [name, value] of Object.entries(more)) if (value) asked.set(name, value);
  return `/api/v1/consistency?${asked}`;
}

/** The raw answer: for streams and files. */
export async function open(method, path, body, headers = {}, signal = undefined) {
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers: all, body: body === undefined ? undefined : stringify(body), signal, cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "unreachable", "");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function call(method, path, body, headers) {
  const response = await open(method, path, body, headers);
  const text = await response.text();
  return text === "" ? null : parse(text);
}

async function refusal(response) {
  const text = await response.text();
  const retryAfter = response.headers.get("Retry-After");
  try {
    const problem = JSON.parse(text);
    return new Problem(response.status, problem.code ?? `${response.status}`, problem.detail ?? problem.title, retryAfter);
  } catch {
    return new Problem(response.status, `${response.status}`, "", retryAfter);
  }
}

/** Saves an answer as a file: a link could not carry the token. */
export async function save(path, name) {
  const response = await open("GET", path);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the file by the next task.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
