/** A server of calendars and contacts, and beside it the mail servers of the same users. */

import type { Account, Backend } from "../backends/backend.ts";
import type { MailAccount, MailBackend } from "../backends/mail.ts";
import type { Sending, Submitter } from "../backends/submission.ts";
import type { ServerName } from "../config-credentials.ts";
import { BackendError } from "../errors.ts";
import type { Credentials, Secret } from "../log.ts";
import { createPatience, type Patience } from "./patience.ts";
