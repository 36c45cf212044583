"""aiosmtpd as a relay that wants TLS and a user: prints its port, writes each mail it takes into a folder, ends when its standard
input does.

    relay.py CERTIFICATE KEY FOLDER starttls|tls

It does what the first word of the recipient's address says.
"""
import asyncio
import json
import logging
import pathlib
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# it tells at length of each line that a test cuts
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

certificate, key, folder, security = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)


class Relay(SMTP):
    async def smtp_DATA(self, arg):
        wanted = self.envelope.rcpt_tos[0]
        if wanted.startswith("cut-at-data"):
            self.transport.abort()
        elif wanted.startswith("cut-in-mail"):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class Handler:
    taken = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("bounce"):
            return "550 5.1.1 <%s>: Recipient address rejected: User unknown" % address
        if address.startswith("bare-bounce"):
            return "550 No such user %s" % address
        if address.startswith("defer"):
            return "451 4.7.1 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        wanted = envelope.rcpt_tos[0]
        if wanted.startswith("spam"):
            return "554 5.7.1 Message rejected as spam"
        if wanted.startswith("busy"):
            return "452 4.3.1 Out of space"
        Handler.taken += 1
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "data": envelope.content.decode("ascii"),
            "encrypted": server.transport.get_extra_info("sslcontext") is not None,
            "login": session.auth_data.login.decode() if session.auth_data else None,
        }
        path = pathlib.Path(folder) / f"{Handler.taken}.json"
        path.write_text(json.dumps(mail))
        if wanted.startswith("cut-after-mail"):
            server.transport.abort()
        return "250 2.0.0 Ok: queued as 4XyZ"


def authenticate(server, session, envelope, mechanism, data):
    is_right = data.login == b"joe" and data.password == b"s3cret, with words"
    return AuthResult(success=is_right, handled=False, auth_data=data)


async def listen():
    loop = asyncio.get_running_loop()
    by_starttls = security == "starttls"
    server = await loop.create_server(
        lambda: Relay(
            Handler(),
            loop=loop,
            hostname="relay.example",
            tls_context=context if by_starttls else None,
            require_starttls=by_starttls,
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=by_starttls,
        ),
        "127.0.0.1",
        0,
        ssl=None if by_starttls else context,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(listen())
