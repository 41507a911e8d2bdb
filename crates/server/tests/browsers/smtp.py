"""A mail server that takes mails by STARTTLS alone, and has bad days before it does.

Arguments: port, certificate, key, file that mails are written to, one a line as JSON. The first time
that a mail comes for somebody, it is refused, hung up on, or met with silence, as the name says.
"""

import asyncio
import email
import json
import ssl
import sys
from email import policy

from aiosmtpd.smtp import SMTP

port, certificate, key, path = sys.argv[1:]
seen = []


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        first = address not in seen
        seen.append(address)
        if first and address.startswith("jan"):
            return "451 4.7.1 come again later"
        if first and address.startswith("zoe"):
            server.transport.abort()
        if first and address.startswith("lukasz"):
            await asyncio.sleep(120)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        line = {
            "to": envelope.rcpt_tos,
            "from": envelope.mail_from,
            "tls": session.ssl is not None,
            "id": mail["Message-ID"],
            "automatic": mail["Auto-Submitted"],
            "subject": mail["Subject"],
            "text": parts["text/plain"],
            "html": parts["text/html"],
        }
        with open(path, "a", encoding="utf-8") as file:
            print(json.dumps(line), file=file)
        return "250 OK"


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), tls_context=context, require_starttls=True, enable_SMTPUTF8=True),
        "localhost",
        int(port),
    )
    await server.serve_forever()


asyncio.run(main())
