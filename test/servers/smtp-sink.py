"""A submission server that keeps what it gets as files, and can be told to be in trouble.

    smtp-sink.py FOLDER PORT TLSPORT

FOLDER/options.json says what it is once and for all: users (password by name), size, eightBit, pipelining, login
(whether one must), certificate and key, and deliver: host and port of an IMAP server (no TLS) into whose inboxes goes
what is for one of the users. FOLDER/switches.json is read again for every answer:

    refuse     replies by recipient
    mail       reply to MAIL FROM
    login      reply to AUTH
    begin      "drop": the connection ends after the 354
    data       reply to the end of the message
    afterData  "drop" or "silent": no reply to the end of the message
    keep       false: what came before such trouble is not kept

A message is FOLDER/received/N.eml and N.json, in the order they were taken.
"""

import asyncio
import imaplib
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, Session

folder, port, tls_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def read(name):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


options = read("options.json")
received = os.path.join(folder, "received")
os.makedirs(received, exist_ok=True)


class Sink:
    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        if options.get("pipelining", True):
            responses.insert(0, "250-PIPELINING")
        if not options.get("eightBit", True):
            responses = [line for line in responses if "8BITMIME" not in line]
        return responses

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        reply = read("switches.json").get("mail")
        if reply is not None:
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        reply = read("switches.json").get("refuse", {}).get(address)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        switches = read("switches.json")
        trouble = switches.get("afterData")
        reply = switches.get("data", "250 2.0.0 taken")
        if switches.get("keep", True) and (trouble is not None or reply.startswith("2")):
            self.keep(server, session, envelope)
            await asyncio.to_thread(deliver, envelope)
        if trouble == "drop":
            server.transport.abort()
        if trouble == "silent":
            await asyncio.sleep(3600)
        return reply

    def keep(self, server, session, envelope):
        number = len(os.listdir(received)) // 2 + 1
        name = os.path.join(received, f"{number:04}")
        with open(name + ".eml", "wb") as file:
            file.write(envelope.original_content)
        about = {
            "from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "user": session.auth_data,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
        }
        with open(name + ".json", "w", encoding="utf-8") as file:
            json.dump(about, file)


def deliver(envelope):
    place, users = options.get("deliver"), options.get("users", {})
    for user in set(envelope.rcpt_tos) & set(users) if place else []:
        with imaplib.IMAP4(place["host"], place["port"]) as imap:
            imap.login(user, users[user])
            imap.append("INBOX", None, None, envelope.original_content)


class Server(SMTP):
    line_length_limit = 100_000

    async def smtp_DATA(self, arg):
        if read("switches.json").get("begin") == "drop" and self.envelope.rcpt_tos:
            await self.push("354 go on")
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def authenticate(server, session, envelope, mechanism, data):
    reply = read("switches.json").get("login")
    if reply is not None:
        # Without a reply of its own the library sends its 535.
        asyncio.ensure_future(server.push(reply))
        return AuthResult(success=False, handled=True)
    name, password = data.login.decode(), data.password.decode()
    if options.get("users", {}).get(name) != password:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=name)


def make(implicit):
    context = None
    if "certificate" in options:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["certificate"], options["key"])

    def protocol():
        return Server(
            Sink(),
            hostname="sink.example.org",
            ident="sink",
            data_size_limit=options.get("size", 50_000_000),
            enable_SMTPUTF8=options.get("utf8", True),
            decode_data=False,
            tls_context=None if implicit else context,
            auth_required=options.get("login", True),
            auth_require_tls=False,
            authenticator=authenticate,
            timeout=600,
            loop=asyncio.get_running_loop(),
        )

    return protocol, context if implicit else None


async def main():
    loop = asyncio.get_running_loop()
    for number, implicit in ((port, False), (tls_port, True)):
        if implicit and "certificate" not in options:
            continue
        protocol, context = make(implicit)
        await loop.create_server(protocol, "127.0.0.1", number, ssl=context)
    await asyncio.Event().wait()


asyncio.run(main())
