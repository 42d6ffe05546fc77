// A value that components can listen to.
import { useEffect, useState } from "./html.js";

export function store(value) {
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      value = { ...value, ...next };
      for (const listener of [...listeners]) listener(value);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    use() {
      const [, draw] = useState(0);
      const drawn = value;
      useEffect(() => {
        // It may have changed between the drawing and this moment.
        if (value !== drawn) draw((n) => n + 1);
        return this.listen(() => draw((n) => n + 1));
      }, []);
      return value;
    },
  };
}

/** count: how often the service has answered again after an outage. */
export const connection = store({ count: 0 });

/** Runs an action: [busy, problem, run]. The problem is forgotten when the service is back, and when one of the values changes. */
export function useAction(action, values = []) {
  const [state, setState] = useState({ busy: false, problem: null });
  const { count } = connection.use();
  useEffect(() => {
    setState((before) => (before.problem ? { ...before, problem: null } : before));
  }, [count, ...values]);
  const run = async (...given) => {
    setState({ busy: true, problem: null });
    try {
      const result = await action(...given);
      setState({ busy: false, problem: null });
      return result;
    } catch (problem) {
      setState({ busy: false, problem });
      return undefined;
    }
  };
  return [state.busy, state.problem, run];
}

/** Whether a media query matches, kept up to date. */
export function useMedia(text) {
  const [query] = useState(() => matchMedia(text));
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const change = () => setMatches(query.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, []);
  return matches;
}
