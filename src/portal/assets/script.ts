/**
 * The portal's one script. Every page works without it. With it, times are shown in the browser's zone, what is live is
 * fetched anew, and questions ("wipe this device?") come as a dialog above the page they belong to. It makes no markup
 * out of text: what it shows came from the server as a page.
 */
export const script = `"use strict";
(() => {
  const longDate = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const steps = [[60, "second"], [60, "minute"], [24, "hour"], [30, "day"], [12, "month"], [Infinity, "year"]];
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  function ago(date) {
    let value = (date.getTime() - Date.now()) / 1000;
    if (Math.abs(value) < 45) return "just now";
    for (const [size, unit] of steps) {
      if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
      value /= size;
    }
  }
  function tellTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const date = new Date(time.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      time.title = longDate.format(date);
      time.textContent = time.dataset.form === "ago" ? ago(date) : longDate.format(date);
    }
  }

  async function fetchPage(address, live) {
    const reply = await fetch(address, { headers: live ? { "x-isthmus-live": "1" } : {}, redirect: "error" });
    if (!reply.ok) throw new Error(String(reply.status));
    return new DOMParser().parseFromString(await reply.text(), "text/html");
  }

  // What is live is fetched as a part of this very page, and left alone while somebody is at it.
  let fails = 0;
  function refreshLater() {
    if (document.querySelector("[data-live]")) setTimeout(refresh, 15000 * Math.min(8, 2 ** fails));
  }
  async function refresh() {
    try {
      if (document.visibilityState === "visible" && !document.querySelector("dialog[open]")) {
        const fresh = await fetchPage(location.href, true);
        for (const old of document.querySelectorAll("[data-live]")) {
          const part = fresh.getElementById(old.id);
          if (!part || old.contains(document.activeElement) || old.querySelector("details[open]")) continue;
          tellTimes(part);
          if (part.textContent !== old.textContent) old.replaceWith(document.importNode(part, true));
        }
      }
      fails = 0;
    } catch {
      fails += 1;
    }
    refreshLater();
  }

  // Questions have pages of their own: their forms are shown in a dialog.
  async function ask(link) {
    let page;
    try {
      page = await fetchPage(link.href, false);
    } catch {
      location.assign(link.href);
      return;
    }
    const stand = page.querySelector("[data-question]");
    if (!stand) {
      location.assign(link.href);
      return;
    }
    const dialog = document.createElement("dialog");
    const heading = stand.querySelector("h1, h2");
    if (heading) {
      heading.id = "question";
      dialog.setAttribute("aria-labelledby", "question");
    }
    dialog.append(document.importNode(stand, true));
    for (const back of dialog.querySelectorAll("[data-back]")) {
      back.addEventListener("click", (event) => {
        event.preventDefault();
        dialog.close();
      });
    }
    dialog.addEventListener("close", () => {
      dialog.remove();
      link.focus();
    });
    document.body.append(dialog);
    tellTimes(dialog);
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden])")?.focus();
  }
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[data-asks]") : null;
    if (!link || link.closest("dialog")) return;
    event.preventDefault();
    void ask(link);
  });

  // A form is sent once, however often its button is hit.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) delete form.dataset.sent;
  });

  // A conversation comes line by line while it is recorded.
  const stream = document.querySelector("[data-stream]");
  if (stream) {
    const source = new EventSource(stream.dataset.stream);
    source.addEventListener("message", (event) => {
      const fresh = new DOMParser().parseFromString(event.data, "text/html").querySelector("li");
      if (!fresh || (fresh.id && document.getElementById(fresh.id))) return;
      tellTimes(fresh);
      stream.prepend(document.importNode(fresh, true));
      document.querySelector("[data-stream-empty]")?.remove();
    });
    source.addEventListener("end", () => {
      source.close();
      location.reload();
    });
  }

  tellTimes(document);
  setInterval(() => tellTimes(document), 30000);
  refreshLater();
})();
`;
