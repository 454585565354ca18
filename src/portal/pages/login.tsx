/** @jsxImportSource preact */
import type { Page, Visit } from "../visit.ts";
import { Field, Form, Notice, type Tone } from "./ui.tsx";

export interface LoginState {
  readonly tone?: Tone;
  /** What came of the last attempt, or why there has to be one. */
  readonly says?: string;
  readonly name?: string;
  /** Where to go afterwards. */
  readonly next?: string;
  readonly status?: number;
  readonly hasAdmins: boolean;
}

export function loginPage(visit: Visit, state: LoginState): Page {
  return {
    title: "Log in",
    ...(state.status === undefined ? {} : { status: state.status }),
    content: (
      <div class="narrow">
        <section class="card">
          <div class="head">
            <h1>Your phones, in your hands</h1>
            <p>Log in with the name and password of the account on your phone.</p>
          </div>
          <Told state={state} />
          <Form visit={visit} action="/portal/login" class="fields">
            <Field
              name="name"
              label="Name or mail address"
              value={state.name}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              autofocus={state.name === undefined}
            />
            <Field
              name="password"
              label="Password"
              type="password"
              autocomplete="current-password"
              required
              autofocus={state.name !== undefined}
            />
            {state.next ? <input type="hidden" name="next" value={state.next} /> : null}
            <button type="submit" class="primary">
              Log in
            </button>
          </Form>
        </section>
        <Unencrypted visit={visit} />
        {state.hasAdmins ? (
          <p class="soft">
            You look after this gateway? <a href="/portal/admin/login">Log in as administrator</a>
          </p>
        ) : null}
      </div>
    ),
  };
}

export function adminLoginPage(visit: Visit, state: LoginState): Page {
  return {
    title: "Log in as administrator",
    ...(state.status === undefined ? {} : { status: state.status }),
    content: (
      <div class="narrow">
        <section class="card">
          <div class="head">
            <h1>Administration</h1>
            <p>Log in with an administrator's account of this gateway.</p>
          </div>
          <Told state={state} />
          <Form visit={visit} action="/portal/admin/login" class="fields">
            <Field
              name="name"
              label="Name"
              value={state.name}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
            />
            <Field name="password" label="Password" type="password" autocomplete="current-password" required />
            <Field
              name="code"
              label="Code"
              hint="Six digits of your authenticator. Leave it empty if your account has none."
              inputMode="numeric"
              autocomplete="one-time-code"
              maxLength={7}
            />
            {state.next ? <input type="hidden" name="next" value={state.next} /> : null}
            <button type="submit" class="primary">
              Log in
            </button>
          </Form>
        </section>
        <Unencrypted visit={visit} />
        <p class="soft">
          Looking for your own phones? <a href="/portal/login">Log in with your mail account</a>
        </p>
      </div>
    ),
  };
}

function Told({ state: { says, tone = "bad" } }: { state: LoginState }) {
  return says === undefined ? null : (
    <Notice tone={tone} says>
      <p>{says}</p>
    </Notice>
  );
}

function Unencrypted({ visit }: { visit: Visit }) {
  const isHere = /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(visit.request.headers.host ?? "");
  return visit.secure || isHere ? null : (
    <Notice tone="warn">
      <p>
        This connection is not encrypted: whoever is on the way can read your password. Use the https address, if there
        is one.
      </p>
    </Notice>
  );
}
