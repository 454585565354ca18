/** @jsxImportSource preact */
import type { Page, Visit } from "../visit.ts";

interface Explanation {
  readonly title: string;
  readonly says: string;
}

const explanations: Readonly<Record<number, Explanation>> = {
  400: {
    title: "That did not arrive whole",
    says: "Part of what your browser sent is missing. Go back and try it again.",
  },
  403: {
    title: "That form could not be used",
    says: "It did not come from a page of this portal, or the page was open for too long. Nothing was changed. Open the page anew and try again.",
  },
  404: { title: "There is nothing here", says: "The page does not exist, or what it showed was removed." },
  409: {
    title: "That form was sent already",
    says: "Each of these forms works once, and this one has. Nothing was done a second time.",
  },
  413: { title: "That is too much", says: "The form holds more than this portal takes." },
  503: {
    title: "Not now",
    says: "Something this portal needs is away for a moment: the store, or your mail or calendar server. Nothing was lost. Try again in a minute.",
  },
};

/** It asks for the very same page, now as one of ours: the browser brings its cookies then. */
export function onceMorePage({ url }: Visit): Page {
  return {
    title: "One moment",
    headers: { Refresh: "0" },
    content: (
      <section class="card mid">
        <h1>One moment</h1>
        <p>
          <a href={url.pathname + url.search}>Go on</a>
        </p>
      </section>
    ),
  };
}

const unexpected: Explanation = {
  title: "Something went wrong here",
  says: "That is a mistake in the gateway, not yours. It is noted in the gateway's log.",
};

/** @param says what is known beyond the status. */
export function errorPage(visit: Visit, status: number, says?: string): Page {
  const { title, says: usual } = explanations[status] ?? unexpected;
  const home = visit.session?.role === "admin" ? "/portal/admin" : "/portal";
  return {
    title,
    status,
    content: (
      <section class="card mid">
        <h1>{title}</h1>
        <p>{says ?? usual}</p>
        <div class="row">
          <a class="button primary" href={home}>
            {visit.session?.role === "admin" ? "To the overview" : "To your devices"}
          </a>
        </div>
      </section>
    ),
  };
}
