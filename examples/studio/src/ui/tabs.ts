import { h } from "./dom";

/** Panels of which one is shown; left and right go from tab to tab, as the ARIA pattern has it. */
export function tabs(label: string, panels: Readonly<Record<string, HTMLElement>>, onShow: () => void): HTMLElement {
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const entries = Object.entries(panels).map(([name, content], i) => {
    const id = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
    const tab = h("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}` }, name);
    const panel = h("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, class: "tabpanel" }, content);
    tab.addEventListener("click", () => go(i));
    list.append(tab);
    return { tab, panel };
  });
  const show = (shown: number) => {
    for (const [i, { tab, panel }] of entries.entries()) {
      tab.setAttribute("aria-selected", String(i === shown));
      tab.tabIndex = i === shown ? 0 : -1;
      panel.hidden = i !== shown;
    }
  };
  const go = (shown: number) => {
    show(shown);
    onShow();
  };
  list.addEventListener("keydown", ({ key }) => {
    const at = entries.findIndex(({ tab }) => tab === document.activeElement);
    const steps: Readonly<Record<string, number>> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: entries.length - 1 };
    const next = steps[key];
    if (at < 0 || next === undefined) return;
    const to = (next + entries.length) % entries.length;
    go(to);
    entries[to]!.tab.focus();
  });
  show(0);
  return h("div", {}, list, ...entries.map(({ panel }) => panel));
}
