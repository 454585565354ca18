/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import type { Page, Visit } from "../visit.ts";
import { Form, Notice } from "./ui.tsx";

export interface Question {
  readonly title: string;
  /** What happens then. */
  readonly says: ComponentChildren;
  readonly action: string;
  readonly button: string;
  readonly hurts?: boolean;
  /** The page it came from. */
  readonly back: string;
  readonly fields?: ComponentChildren;
  /** Why it was not done. */
  readonly wrong?: string | undefined;
  readonly status?: number;
}

/** A page that asks before something is done; a script shows it as a dialog. */
export function questionPage(visit: Visit, question: Question): Page {
  const { title, says, action, button, hurts, back, fields, wrong, status } = question;
  return {
    title,
    ...(status === undefined ? {} : { status }),
    content: (
      <section class={`card mid stand${hurts ? " danger" : ""}`} data-question>
        <h1>{title}</h1>
        {wrong === undefined ? null : (
          <Notice tone="bad" says>
            <p>{wrong}</p>
          </Notice>
        )}
        {says}
        <Form visit={visit} action={action} class="fields">
          {fields}
          <div class="row">
            <button type="submit" class={hurts ? "primary hurts" : "primary"}>
              {button}
            </button>
            <a class="button" href={back} data-back>
              Leave it as it is
            </a>
          </div>
        </Form>
      </section>
    ),
  };
}
